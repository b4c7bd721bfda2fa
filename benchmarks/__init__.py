"""Side-by-side measurements: the same work in autograd-tiny and in its peers, in one run, as ratios."""
