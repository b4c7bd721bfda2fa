"""What every test stands on: how hypothesis searches."""

import os

from hypothesis import settings

# No deadline anywhere: the first example pays for imports and compiled readings, which says nothing about a law.
settings.register_profile("dev", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)  # the same examples in every run
settings.load_profile("ci" if os.environ.get("CI") else "dev")
