"""Experiments about words: what the grammars promise, what single words cannot know, and bars that can be missed."""

import numpy as np
import pytest

from lessons.experiments.console import silent
from lessons.experiments.words import next_word, relations, sentences


def test_subject_and_verb_agree() -> None:
    rng = np.random.default_rng(0)
    plurals = set(next_word.NOUNS.values())
    for _ in range(200):
        words = next_word.sentence(rng)
        subject = next(word for word in words if word in plurals or word in next_word.NOUNS)
        assert (words[-2] in next_word.VERBS.values()) == (subject in plurals)
        assert len(words) <= next_word.LENGTH and set(words) <= set(next_word.vocabulary())


def test_a_window_sees_the_words_before_and_nothing_behind() -> None:
    rows = np.array([[0, 4, 5, 6]])
    net = next_word.Windowed(10, 8, 3, seed=0)
    assert net.read(rows)[:, 0].tolist() == [[0, 0, 0], [0, 0, 4], [0, 4, 5], [4, 5, 6]]


def test_each_word_of_a_sentence_counts_once_and_nothing_behind_its_end() -> None:
    rows = next_word.numbered([["the", "dog", "sleeps", "."], ["the", "old", "dog", "often", "sleeps", "."]])
    _, target, share = next_word.examples(next_word.Recurrent(60, 8, seed=0), rows)
    assert share.sum() == pytest.approx(1) and (share > 0).sum(0).tolist() == [4, 6]
    assert (target[share > 0] == 0).sum() == 2  # two ends


def test_data_for_a_level_lies_between_the_sizes() -> None:
    few, _, many = next_word.SIZES
    losses = [1.8, 1.6, 1.5]
    assert next_word.data_for(1.6, losses) == pytest.approx(400)
    assert next_word.data_for(1.7, losses) == pytest.approx(200)
    assert next_word.data_for(2.0, losses) == pytest.approx(few)
    assert next_word.data_for(1.0, losses) == pytest.approx(many)  # never reached: no fewer than all of them


def test_the_last_judgement_counts_and_not_turns_it() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        words, praises = sentences.review(rng)
        last = words[len(words) - words[::-1].index("but") :] if "but" in words else words
        assert praises == (any(word in sentences.PRAISE for word in last) != ("not" in last))


def test_one_word_has_several_parts() -> None:
    rng = np.random.default_rng(0)
    seen = {pair for _ in range(300) for pair in sentences.tagged(rng)}
    assert {tag for word, tag in seen if word == "can"} == {"noun", "auxiliary"}
    assert {tag for word, tag in seen if word == "water"} == {"noun", "verb"}


def test_what_follows_is_nowhere_said() -> None:
    said, follows = relations.base()
    assert len(said) == 48 and len(follows) == 12 and not set(said) & set(follows)
    countries = {(head, tail) for head, relation, tail in said if relation == relations.CONTINENT}
    lies_in = {head: tail for head, relation, tail in said if relation == relations.COUNTRY}
    assert all((lies_in[city], continent) in countries for city, _, continent in follows)


@pytest.mark.slow
@pytest.mark.parametrize("experiment", [sentences, relations])
def test_bars_are_reached(experiment: type) -> None:
    outcome = experiment.run(silent, seed=3)
    assert outcome.reached, str(outcome)
