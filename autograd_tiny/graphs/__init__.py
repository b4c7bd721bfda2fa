"""What can be asked of a recorded graph: its steps, other numbers in it, its scalars, its formula, copies."""
