"""For classes: reports on learners; lessons as notebooks, slides and handouts."""
