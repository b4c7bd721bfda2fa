"""Runnable models of the lectures: `python -m lessons.experiments` lists them, `….NAME` runs one."""
