"""The press: time limits, failures, and files written whole."""

import json
import os
from pathlib import Path

import pytest

import viz
from autograd_tiny import Value, files
from autograd_tiny.value import ancestors
from tests.stopwatch import spent
from viz.layout import press
from viz.output import plate
from viz.page.page import Page


def grid(rows: int) -> Value:
    """A circuit that takes Graphviz much longer than a second: everything is used by everything after it."""
    values = [Value(1.0 + k, f"a{k}") for k in range(rows)]
    for _ in range(rows):
        values = [x + y for x, y in zip(values, values[1:] + values[:1], strict=True)]
    total = values[0]
    for value in values[1:]:
        total = total + value
    return total


def test_a_layout_over_its_time_limit_is_stopped_and_says_what_to_do() -> None:
    start = spent()
    with pytest.raises(viz.LayoutError, match=r"a picture of \d+ gates: stopped after 0\.5 s.*viz\.text.*timeout="):
        viz.draw(grid(20), timeout=0.5)
    assert spent() - start < 4  # half a second of Graphviz, and time to build the circuit


@pytest.mark.slow
def test_a_graph_beyond_all_hope_is_refused_at_once() -> None:
    x = Value(1.0, "x")
    for _ in range(100_000):
        x = x + 1
    start = spent()
    assert len(ancestors(x)) == 200_001
    counting, start = spent() - start, spent()
    for make in (viz.draw, viz.film):
        with pytest.raises(viz.LayoutError, match="100000 gates: too many"):
            make(x)
    assert spent() - start < 200 * counting  # drawing them takes minutes, which is thousands of times as long


def test_what_graphviz_refuses_is_an_error_with_its_words() -> None:
    with pytest.raises(viz.LayoutError, match="Graphviz ended with"):
        press.engrave(["this is no graph"], "dot", "json0")


def test_many_documents_go_through_one_child_and_come_back_in_order() -> None:
    documents = [f'digraph {{ a [label="{"x" * 2500 * k}" fixedsize=true width={k + 1}] }}' for k in range(5)]
    answers = press.engrave(documents, "dot", "json0")
    assert [f'"width": "{k + 1}"'.encode() in answer for k, answer in enumerate(answers)] == [True] * 5


def test_without_any_font_png_says_so_and_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(press, "fonts_available", lambda: False)
    with pytest.raises(viz.LayoutError, match=r"PNG needs one.*fonts-dejavu.*\.svg"):
        plate.paint([Page(1, 1, (), viz.look.theme_named("lecture"), "", "", 1)], "png")


def test_files_are_replaced_whole_and_nothing_is_left_behind(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    assert files.write(target, "Σ one\n") == target
    files.write(target, b"two")
    assert target.read_bytes() == b"two" and [path.name for path in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.skipif(os.name == "nt", reason="limits are POSIX's")
def test_a_file_that_does_not_fit_is_named_and_the_old_one_stays(tmp_path: Path) -> None:
    import resource

    target = files.write(tmp_path / "a.txt", "old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    try:
        with pytest.raises(OSError, match=r"too large: '.*a\.txt'"):
            files.write(target, "x" * 100)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert target.read_text() == "old" and [path.name for path in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's")
def test_a_new_file_has_the_user_s_mode_and_an_old_one_keeps_its_own(tmp_path: Path) -> None:
    fresh = files.write(tmp_path / "a", "1")
    usual = tmp_path / "b"
    usual.write_text("1")
    assert fresh.stat().st_mode == usual.stat().st_mode
    usual.chmod(0o600)
    assert files.write(usual, "2").stat().st_mode & 0o777 == 0o600


def test_what_was_laid_out_is_not_laid_out_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    engrave = press.engrave
    monkeypatch.setattr(press, "_laid_out", {})
    monkeypatch.setattr(press, "KEPT", 2)
    monkeypatch.setattr(press, "engrave", lambda documents, *how: asked.extend(documents) or engrave(documents, *how))
    a, b, c = documents = [f"digraph {{ {name} -> z }}" for name in "abc"]
    first = press.laid_out([a, b, a])
    assert first[0] is first[2] and first[0] != first[1] and asked == [a, b]
    assert press.laid_out([b, c]) == [first[1], json.loads(engrave([c], "dot", "json0")[0])] and asked == documents
    assert press.laid_out([a]) == first[:1] and asked == [a, b, c, a]  # only two are remembered
    assert press.laid_out([]) == []
