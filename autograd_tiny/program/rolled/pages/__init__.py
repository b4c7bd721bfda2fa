"""Programs with loops on paper, in every dialect, and windows that are computed once more."""
