"""Pages as files: SVG, PNG and PDF, TikZ, web pages, animations, and what a notebook shows."""
