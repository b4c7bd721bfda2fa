"""The tests."""

import os

SHARE = 3 if os.environ.get("CI") else 1  # of what takes long, CI asks every third
