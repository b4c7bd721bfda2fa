"""``python -m tests.answers``: the rates. With words, what is passed over or misnamed in questions so called."""

import sys

from tests.answers.rate import details, report
from tests.answers.table import answers, remembering

words = sys.argv[1:]
with remembering():
    print(details([a for a in answers() if any(word in a.asked.id for word in words)]) if words else report())
