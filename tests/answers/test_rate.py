"""Nine mistakes in ten are named, none of the likeliest falsely, and a number of chance hardly ever."""

from collections.abc import Iterator

import pytest

from tests import SHARE
from tests.answers import rate
from tests.answers.table import Answer, answers, remembering

pytestmark = pytest.mark.slow

LIKELIEST, ALL, FALSELY, CHANCE = 0.90, 0.80, 0.005, 0.02


@pytest.fixture(scope="module", autouse=True)
def once() -> Iterator[None]:
    with remembering():
        yield


def test_the_table_is_large() -> None:
    assert len([answer for answer in answers() if answer.words]) >= 300


def test_what_is_likely_is_named() -> None:
    assert rate.rate([answer for answer in answers() if answer.likely]).share >= LIKELIEST


def test_what_is_thought_is_named_and_not_something_else() -> None:
    whole = rate.rate(answers())
    assert whole.share >= ALL
    assert len(whole.falsely) <= FALSELY * len(whole.all), [answer.verdict.message for answer in whole.falsely]


def test_what_is_right_is_no_mistake() -> None:
    for answer in answers():
        assert answer.verdict.kind == "wrong" or not answer.words, (answer.asked.id, answer.typed, answer.verdict)


def test_chance_is_hardly_ever_named() -> None:
    hits = [hit for asked in rate.numeric()[::SHARE] for hit in rate.by_chance(asked)]
    assert sum(hits) < CHANCE * len(hits)


def test_a_false_name_would_be_noticed() -> None:
    one = next(answer for answer in answers() if answer.outcome == "named")
    assert Answer(one.asked, one.typed, one.thought, "nothing of the kind", one.likely).outcome == "falsely"
