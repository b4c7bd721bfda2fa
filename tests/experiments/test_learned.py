"""What a character model has learned is counted rightly, and the lecture's observations are bars that can be missed."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lessons.experiments.__main__ import module
from lessons.experiments.char_rnn import character_model, learned, runs
from lessons.experiments.char_rnn.__main__ import main as char_rnn
from lessons.experiments.char_rnn.learned import Counts
from lessons.experiments.char_rnn.multiplicative_rnn import CELLS, as_large, network, size
from lessons.experiments.char_rnn.text import alphabet_of
from lessons.experiments.char_rnn.training import Settings, Training
from lessons.experiments.char_rnn.writing import bits_per_character, write
from lessons.experiments.console import silent
from lessons.experiments.data.holmes import TITLE, holmes

WELL = 'He said: "Stop." The man (an old one) ran. "Why?" said she. "(Ask him.)"'


def test_words_are_real_by_length() -> None:
    real = learned.real_words("the cat's catt of Wonderful wonderfil things", {"the", "cat's", "of", "wonderful"})
    assert real[1, 3] == 1.0 and real[4, 6] == pytest.approx(1 / 3) and real[7, 9] == 0.5 and math.isnan(real[10, 99])


@pytest.mark.parametrize(
    "text, share",
    [(WELL, 1.0), ('"one" and "two', 2 / 3), ('one" and "two"', 2 / 3), ('"a\n"b"', 2 / 3), ('he--"yes"', 1.0)],
)
def test_quotation_marks_find_their_partner_in_their_line(text: str, share: float) -> None:
    assert learned.closed(text) == pytest.approx(share)


@pytest.mark.parametrize("text, share", [("((a)(b))", 1.0), ("(()", 2 / 3), (")(", 0.0), ("(\n)", 0.0), (WELL, 1.0)])
def test_brackets_are_counted_however_deep(text: str, share: float) -> None:
    assert learned.closed(text, "(", ")") == pytest.approx(share)


@given(st.recursive(st.just("x"), lambda inner: st.lists(inner, max_size=3).map(lambda parts: f"({''.join(parts)})")))
def test_what_is_nested_is_closed_and_one_bracket_less_is_not(text: str) -> None:
    if "(" in text:
        assert learned.closed(text, "(", ")") == 1.0
        assert learned.closed(text[:-1], "(", ")") < 1.0


def test_capitals_stand_after_stops() -> None:
    assert learned.capitals(WELL) == 0.75  # not: said she
    assert learned.capitals_elsewhere("He met Holmes, and he met her.") == pytest.approx(1 / 6)
    assert math.isnan(learned.capitals("no stop"))


@pytest.mark.parametrize("order", [0, 1, 3])
def test_counts_are_probabilities_and_foresee_the_better_the_more_they_see(order: int) -> None:
    text = holmes()[:20_000]
    counts = Counts(text, order)
    for context in ("", "th", "Holme", "zzzz"):
        assert sum(counts.probability(context, each) for each in counts.alphabet) == pytest.approx(1.0)
    assert counts.bits(text[:500]) < math.log2(len(counts.alphabet))
    written = counts.write(300, np.random.default_rng(0))
    assert len(written) == 300 and set(written) <= set(text)


def test_longer_contexts_foresee_better() -> None:
    text = holmes()
    bits = [Counts(text[:100_000], order).bits(text[100_000:102_000]) for order in range(4)]
    assert bits == sorted(bits, reverse=True)


def test_the_observations_can_be_missed() -> None:
    known = frozenset(learned.words(WELL))
    well = character_model.measured(WELL + " The wonderfil catterpillar runnings.", known)
    chance = character_model.measured('xq zw vv "a b" nn. w "', known)
    assert sum(character_model.observations(chance, chance).values()) <= 1
    assert sum(character_model.observations(well, chance).values()) == 4


def test_the_book_is_whole_and_plain() -> None:
    text = holmes()
    assert text.isascii() and len(text) == 561_676 and len(alphabet_of(text)) == 78
    assert text.count("ADVENTURE") >= 12 and not any(word in text for word in ("Gutenberg", "ebook", "\t", "\r"))


def test_the_char_rnn_starts_on_the_book(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert char_rnn(["train", "--hidden", "4", "--iterations", "2", "--out", str(tmp_path / "run")]) == 0
    assert capsys.readouterr().out.startswith(f"{TITLE}: 561,676 characters, 78 different")


def test_neither_network_is_larger_than_the_other() -> None:
    most = size(network("plain", 78, 100, 0))
    assert most == 25_778
    for kind in CELLS:
        units = as_large(kind, 78, most)
        assert size(network(kind, 78, units, 0)) <= most < size(network(kind, 78, units + 1, 0))


@pytest.mark.parametrize("name, least", [("multiplicative_rnn", -1.0), ("character_model", 0)])
def test_both_run_and_tell_their_numbers(name: str, least: float) -> None:
    outcome = module(name).run(silent, seed=1, steps=12, hidden=6)
    assert outcome.number >= least and not outcome.reached and outcome.picture is not None
    assert outcome.lines


# The two runs that come along -----------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_a_run_that_comes_along_is_what_it_says(cell: str) -> None:
    net, alphabet, about = runs.opened(runs.headline(cell))
    settings = about["settings"]
    training = Training(Settings(**{**settings, "native": False}), holmes())
    assert alphabet == training.alphabet and runs.digest(holmes()) == about["text"]
    # Half precision keeps three digits of a weight.
    assert bits_per_character(net, training.held_out) == pytest.approx(about["checks"][-1]["held_out_bits"], abs=0.01)
    iteration, loss = about["curve"][1]
    while training.step.iteration < iteration:
        training.step()
    # Training by Adagrad is chaotic, which a mean over a thousand losses does not forget; to know nothing is 17 % more.
    assert training.step.smooth_loss == pytest.approx(loss, rel=2e-2)


def test_what_is_shown_of_a_run_is_small_and_writes_alike(tmp_path: Path) -> None:
    settings = Settings(hidden=8, seq_length=10, iterations=300)
    training = runs.begin(settings, holmes()[:3000], tmp_path / "run")
    training.run(300, lambda training: True)
    runs.save(training, tmp_path / "run")
    shown = runs.abridge(tmp_path / "run", tmp_path / "shown.npz", points=3)
    net, alphabet, about = runs.opened(shown)
    assert [n for n, _ in about["curve"]] == [0, 200, 300]
    assert shown.stat().st_size < (tmp_path / "run" / "checkpoint.npz").stat().st_size / 3
    assert write(net, alphabet, 20, greedy=True) == write(training.step.network, alphabet, 20, greedy=True)


def test_it_writes_without_any_training(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert char_rnn(["sample", "--length", "30", "--seed-text", "Holmes "]) == 0
    assert len(capsys.readouterr().out) == 7 + 30 + 1
    assert char_rnn(["report", "--out", str(tmp_path / "story.html")]) == 0
    assert "185,000" in (tmp_path / "story.html").read_text("utf-8")
