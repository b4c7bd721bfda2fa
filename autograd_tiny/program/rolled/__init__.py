"""Rolled programs: what an unrolled graph repeats at every step, written as the loop one would have written by hand."""
