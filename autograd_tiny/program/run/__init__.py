"""A program on this machine, by Python and NumPy."""
