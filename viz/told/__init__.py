"""A computation told step by step: its captions, its story, what a learner is asked for."""
