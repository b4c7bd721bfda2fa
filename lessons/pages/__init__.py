"""Lessons as HTML: what the web classroom and the static site show of a step, alike."""
