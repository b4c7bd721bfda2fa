"""An English text to learn: The Adventures of Sherlock Holmes, by Arthur Conan Doyle (1892), in the public domain.

holmes.txt beside this file holds the twelve stories, 561,676 characters, 78 different ones, all ASCII. They are cut
from the file in which the lecture's demo reads, norvig.com/big.txt, which begins with them: from the first story's
heading to the last one's end, in the transcription that Project Gutenberg's volunteers made (number 1661, edition 12).
Their preface, their licence and the table of contents are left out; nothing within is changed. A paragraph is a line.
"""

from __future__ import annotations

from pathlib import Path

TITLE = "The Adventures of Sherlock Holmes"


def holmes() -> str:
    """The whole text.

    >>> holmes()[39:99]
    'To Sherlock Holmes she is always the woman. I have seldom he'
    """
    return Path(__file__).with_suffix(".txt").read_text("ascii")
