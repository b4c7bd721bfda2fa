"""What lessons say, held against the engine."""
