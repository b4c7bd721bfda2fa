"""The second table: what each word of the table's language means in every world, and how it is said.

`words` has one line a word; `arrays` and `special` hold the meanings over arrays that NumPy does not have.
"""

from autograd_tiny.words.words import WORDS, Word

__all__ = ["WORDS", "Word"]
