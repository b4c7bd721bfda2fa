"""Skip-gram: pairs are neighbours, every noun occurs, directions are compared as they should be, training helps."""

import numpy as np
import pytest

from lessons.experiments.console import silent
from lessons.experiments.skip_gram import (
    CROWN,
    HIS,
    KINDS,
    Dictionary,
    SkipGram,
    analogy,
    corpus,
    neighbours_of_a_kind,
    pairs,
    picture,
    run,
    train,
)

NOUNS = [word for words in KINDS.values() for word in words]


def test_pairs_are_the_words_at_most_a_window_apart() -> None:
    found = pairs([["a", "b", "c", "d"]], ["a", "b", "c", "d"], window=2)
    expected = [(i, j) for i in range(4) for j in range(4) if 0 < abs(i - j) <= 2]
    assert [tuple(pair) for pair in found.tolist()] == expected


def test_the_corpus_agrees_with_its_people() -> None:
    text = corpus(500, seed=0)
    assert text == corpus(500, seed=0) != corpus(500, seed=1)
    assert set(NOUNS) <= {word for words in text for word in words}
    for words in text:
        if "wears" in words:
            assert words[3:] == [HIS.get(words[1], "her"), CROWN.get(words[1], ("hat",))[0]]


def test_neighbours_are_found_by_direction_alone() -> None:
    known = Dictionary(["east", "far-east", "north", "north-west"], np.array([[1, 0], [9, 0.1], [0, 1], [-1, 1.0]]))
    assert known.nearest(known["east"], 2, but=("east",)) == ["far-east", "north"]
    assert analogy(known, "north", "east", "north-west") == "far-east"  # the only one left


def test_a_perfect_and_a_random_dictionary() -> None:
    perfect = np.array([np.eye(5)[k] for k, words in enumerate(KINDS.values()) for _ in words])
    assert neighbours_of_a_kind(Dictionary(NOUNS, perfect)) == 1.0
    assert neighbours_of_a_kind(Dictionary(NOUNS, np.random.default_rng(0).normal(size=(len(NOUNS), 16)))) < 0.7


def test_a_short_training_brings_kinds_together() -> None:
    text = corpus(1000, seed=0)
    vocabulary = sorted({word for words in text for word in words})
    net = SkipGram(len(vocabulary), 16, seed=0)
    before = neighbours_of_a_kind(Dictionary(vocabulary, net.centre.E.data))
    # ln 59 = 4.08 nats at the start; the corpus itself has about 2.3 left.
    assert train(net, pairs(text, vocabulary, window=3), silent, seed=0, steps=200) < 3
    known = Dictionary(vocabulary, net.centre.E.data)
    assert neighbours_of_a_kind(known) > max(before, 0.8)
    assert "animal: dog, cat, horse, sheep." in picture(known).description


def test_too_small_a_corpus_is_refused_before_it_trains() -> None:
    with pytest.raises(ValueError, match=r"sentences = 1: too few, '.*' does not occur; give some hundreds"):
        run(lambda *_: pytest.fail("it trains"), sentences=1)
