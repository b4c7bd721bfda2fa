"""How much of a graph there is room for: what is folded, left out, or stands in its gates."""
