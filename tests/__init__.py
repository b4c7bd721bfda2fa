"""The tests of the engine, the pictures and the lessons, and how much of what takes long CI asks."""

import os

SHARE = 4 if os.environ.get("CI") else 1  # a quarter of the cases
