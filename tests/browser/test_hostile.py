"""Pages of graphs with hostile labels in Chromium: nothing runs that is not ours, and the console stays silent."""

from collections.abc import Callable
from pathlib import Path

import pytest

import viz
from tests.viz.hostile import LABELS, row

pytestmark = pytest.mark.browser

GROUPS = [LABELS[k::4] for k in range(4)]  # a page of every kind, and no label is left out


def asked(labels: tuple[str, ...]) -> viz.Film:
    z = row(labels)
    leaf = next(value for value in z.inputs[1].inputs if not value.inputs)
    return viz.film(z, title=labels[1], predict=leaf, fold=())


def beside(labels: tuple[str, ...]) -> viz.Drawing:
    return viz.beside(viz.draw(row(labels), fold=()), viz.draw(row(labels[::-1])), title="".join(labels))


KINDS: dict[str, Callable[[tuple[str, ...]], viz.Drawing | viz.Film]] = {
    "zoom": lambda labels: viz.draw(row(labels), title=labels[0], depth=1),
    "film": lambda labels: viz.film(row(labels), title=labels[2], fold=()),
    "film that asks": asked,
    "beside": beside,
}


@pytest.mark.parametrize(("kind", "labels"), [*zip(KINDS, GROUPS, strict=True)], ids=KINDS)
def test_no_label_runs_and_the_console_is_silent(player, tmp_path: Path, kind: str, labels: tuple[str, ...]) -> None:
    player.path = KINDS[kind](labels).save(tmp_path / "page.html")
    driver = player.open(reduced_motion="reduce").driver
    ask = driver.execute_script
    assert ask("return window.stolen") is None
    assert ask("return document.images.length + document.querySelectorAll('iframe, object, b').length") == 0
    assert ask("return document.querySelectorAll('svg').length") > 0
    assert ask("return [...document.scripts].filter((each) => each.text.includes('stolen =')).length") == 0
    if not kind.startswith("film"):
        return
    steps = len(driver.find_elements("css selector", "nav a[href^='#frame=']"))
    player.open(f"#frame={steps - 1}", reduced_motion="reduce")  # captions and descriptions are set by the script
    assert ask("return window.stolen") is None
