"""How a lesson looks: in a terminal, in Python, in a notebook."""
