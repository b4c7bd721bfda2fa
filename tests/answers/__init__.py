"""Answers as learners give them, and whether the lessons say what went wrong: ``python -m tests.answers``."""
