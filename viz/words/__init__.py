"""How text and numbers look: letters, figures, notation, columns of a terminal; nothing here knows of a graph."""
