"""The lectures' char-RNN: reads a text, predicts each next character, and writes in its manner.

python -m lessons.experiments.char_rnn train novel.txt --cell lstm --out run
python -m lessons.experiments.char_rnn sample run --seed-text "It was" --temperature 0.8
"""

from lessons.experiments.char_rnn.step import Explosion, Step, make_step

__all__ = ["Explosion", "Step", "make_step"]
