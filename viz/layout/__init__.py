"""Where everything stands: sizes first, then places, by Graphviz or as rows of identical boxes."""
