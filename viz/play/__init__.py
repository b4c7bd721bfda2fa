"""Circuits that are played: sliders at the leaves, and everything else follows."""

from viz.play.play import Play, play

__all__ = ["Play", "play"]
