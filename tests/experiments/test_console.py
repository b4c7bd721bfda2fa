"""The experiments' shared face: keywords become options, the bar decides the exit code."""

from inspect import signature
from pathlib import Path

import pytest

import viz
from lessons.experiments.__main__ import commands, experiments, main, module
from lessons.experiments.console import FORMATS, HELP, SECONDS, Claim, Outcome, Report, duration
from lessons.experiments.console import main as face


def run(report: Report, *, seed: int = 0, steps: int = 20, rate: float = 0.5) -> Outcome:
    for step in range(steps + 1):
        report(step, steps, f"loss {rate**step:.3f}")
    if rate < 0:
        raise ValueError("rate = -1: expected 0 <= rate")
    return Outcome("the loss", rate**steps, at_most=1e-3, lines=(f"seed {seed}",), picture=viz.chart([rate, 1]))


def test_options_progress_verdict_and_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "p.svg"
    assert face(run, "About.", ["--seed", "3", "--picture", str(picture)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["0/20  loss 1.000", "2/20  loss 0.250"] and len(lines) == 14  # each tenth, three more
    assert lines[-3:] == ["seed 3", "Reached: the loss: 9.537e-07 (must be at most 0.001)", f"Picture: {picture}"]
    assert picture.read_text() == viz.chart([0.5, 1]).svg


def test_a_missed_bar_is_an_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert face(run, "", ["--rate", "0.9", "--picture", str(tmp_path / "p.svg")]) == 1
    assert "MISSED: the loss" in capsys.readouterr().out


def test_bad_input_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert face(run, "", ["--rate", "-1"]) == 2
    assert capsys.readouterr().err == "test_console: rate = -1: expected 0 <= rate\n"


@pytest.mark.parametrize("option", ["--seed=-1", "--steps=0", "--steps=2.5"])
def test_counts_are_whole_numbers(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        face(run, "", [option])
    name, _, given = option.partition("=")
    assert f"argument {name}: '{given}' is no whole number from" in capsys.readouterr().err


def test_every_option_of_every_experiment_is_told_in_words() -> None:
    for name in experiments():
        keywords = signature(module(name).run).parameters.values()
        assert {option.name for option in keywords if option.kind is option.KEYWORD_ONLY} <= set(HELP), name


def test_the_picture_goes_into_the_users_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AUTOGRAD_TINY_HOME", str(tmp_path / "home"))
    assert face(run, "", []) == 0
    assert (tmp_path / "home" / "pictures" / "test_console.svg").is_file()
    (tmp_path / "home" / "pictures").rename(tmp_path / "home" / "elsewhere")
    (tmp_path / "home" / "pictures").write_text("no folder")
    assert face(run, "", []) == 0
    assert "could not be saved: " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "said"),
    [("p.foo", "should end in .svg, .png, .pdf"), ("p", "should end in"), ("nowhere/p.svg", "there is no folder")],
)
def test_a_picture_that_cannot_be_is_refused_before_anything_is_computed(
    name: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        face(run, "", ["--picture", str(tmp_path / name)])
    seen = capsys.readouterr()
    assert said in seen.err and not seen.out


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("option", ["--picture", "--out"])
def test_pictures_are_saved_by_their_ending(option: str, ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"p{ending}"
    assert face(run, "", [option, str(path)]) == 0
    assert path.stat().st_size > 40


def test_nan_reaches_nothing() -> None:
    assert not Outcome("x", float("nan"), at_most=1.0).reached
    assert not Outcome("x", float("nan"), at_least=1.0).reached
    assert Outcome("x", 1.0, at_least=1.0).reached


def test_one_missed_claim_among_several_is_a_miss() -> None:
    kept, missed = Claim("kept", 1.0, at_least=1.0), Claim("missed", 0.0, at_least=1.0)
    assert Outcome("x", 1.0, at_least=1.0, also=(kept,)).reached
    both = Outcome("x", 1.0, at_least=1.0, also=(kept, missed))
    assert not both.reached
    assert [line.partition(":")[0] for line in str(both).splitlines()] == ["Reached", "Reached", "MISSED"]


def test_every_experiment_is_listed_with_its_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert list(commands()) == ["char_rnn", *experiments()] and all(commands().values())
    assert len(capsys.readouterr().out.splitlines()) == len(commands())
    assert main(["check", "nonsense"]) == 2


def test_an_experiment_is_run_by_its_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "hello.png"
    assert main(["hello", "--steps", "3", "--picture", str(picture)]) == 1  # three steps are too few
    assert "MISSED" in capsys.readouterr().out and picture.read_bytes().startswith(b"\x89PNG")
    assert main(["helo"]) == 2 and "did you mean hello?" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["char_rnn", "train", "--cell", "none"])
    assert "argument --cell: invalid choice" in capsys.readouterr().err


@pytest.mark.parametrize("name", experiments())
def test_help_says_how_long_it_takes(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert SECONDS.get(name, 0) > 0, f"console.SECONDS does not say how long {name} takes"
    with pytest.raises(SystemExit):
        main([name, "--help"])
    assert f"It takes about {duration(name)}" in " ".join(capsys.readouterr().out.split())
