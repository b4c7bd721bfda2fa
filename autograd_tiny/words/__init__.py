"""The second table: what each word of the table's language means in every world, and how it is said.

`words` has one line a word, `matrices` those of linear algebra. `arrays` and `special` hold the meanings over arrays
that NumPy does not have.
"""

from autograd_tiny.words import matrices
from autograd_tiny.words.words import WORDS, Word

WORDS.update({word.name: word for word in matrices.LINES})

__all__ = ["WORDS", "Word"]
