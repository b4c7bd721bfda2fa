"""What stands on each wire: its numbers, how they are written, what is kept back, and what a screen reader says."""
