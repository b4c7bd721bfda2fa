"""A training's story as one HTML page: its loss, its writing from babble to sentences, the gradient's way back."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

import viz
from autograd_tiny import files
from lessons.experiments.char_rnn.faces import printable

STYLE = """
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; font: 16px/1.5 system-ui, sans-serif; color: #222; }
h1, h2 { line-height: 1.2; } svg { max-width: 100%; height: auto; }
table { border-collapse: collapse; } td, th { padding: .1rem 1.2rem .1rem 0; text-align: left; font-weight: normal; }
th { color: #555; }
pre { background: #F4F4F4; padding: .8rem; white-space: pre-wrap; overflow-wrap: anywhere; font-size: 13px; }
"""

SHOWN_FLOWS = 5  # curves that one picture holds


def save(target: Path, about: Mapping[str, Any], alphabet: str) -> Path:
    """Write the page of a training, told by its checkpoint."""
    return files.write(target, page(about, alphabet))


def page(about: Mapping[str, Any], alphabet: str) -> str:
    """The page; same checkpoint, same bytes."""
    settings = about["settings"]
    title = escape(f"char-RNN: {settings['cell']}, {settings['hidden']} hidden units, learns {settings['source']}")
    body = "\n".join(_body(about, settings, len(alphabet)))
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n{body}\n</body>\n</html>\n"
    )


def _body(about: Mapping[str, Any], settings: Mapping[str, Any], characters: int) -> Iterator[str]:
    yield _table(_facts(about, settings, characters))
    yield "<h2>How much each character surprises</h2>"
    yield (
        f"<p>Knowing nothing, each of {characters} characters costs log₂ {characters} = {math.log2(characters):.3f} "
        "bits. The smooth loss follows what is being learned (0.999 of it stays, 0.001 is new); the text held out is "
        "not learned, so its curve tells what carries over.</p>"
    )
    yield _losses(about, settings["seq_length"])
    flows = [check for check in about["checks"] if any(check["flow"])]
    if flows:
        yield "<h2>How far back a gradient reaches</h2>"
        yield (
            "<p>The loss of the last step's character, differentiated by the hidden state of each step before: "
            "‖∂L<sub>T</sub>/∂h<sub>t</sub>‖, on a logarithmic scale. A straight fall is a vanishing gradient.</p>"
        )
        yield _flow(flows)
    yield "<h2>What it writes</h2>"
    for check in about["checks"]:
        if check["sample"]:
            yield f"<h3>Iteration {check['iteration']:,}</h3>\n<pre>{escape(printable(check['sample']))}</pre>"


def _facts(about: Mapping[str, Any], settings: Mapping[str, Any], characters: int) -> Iterator[tuple[str, str]]:
    held_out = [check["held_out_bits"] for check in about["checks"] if check["held_out_bits"] is not None]
    yield "Iterations", f"{about['iteration']:,} of {settings['iterations']:,}"
    yield "Smooth loss", f"{about['smooth_loss']:.4f} nats per sequence of {settings['seq_length']}"
    yield "Bits per character", f"{about['smooth_loss'] / settings['seq_length'] / math.log(2):.3f}"
    if held_out:
        yield "… of text held out", f"{held_out[-1]:.3f}"
    yield "Characters", f"{characters} different"
    yield "Time", f"{about['seconds']:,.0f} s"
    names = ("optimizer", "learning_rate", "clip", "seed", "held_out")
    yield "Settings", ", ".join(f"{name.replace('_', ' ')} {settings[name]}" for name in names)


def _table(rows: Iterator[tuple[str, str]]) -> str:
    cells = "\n".join(f'<tr><th scope="row">{escape(a)}</th><td>{escape(b)}</td></tr>' for a, b in rows)
    return f"<table>\n{cells}\n</table>"


def _losses(about: Mapping[str, Any], seq_length: int) -> str:
    learned = [(n, loss / seq_length / math.log(2)) for n, loss in about["curve"]]
    judged = [(c["iteration"], c["held_out_bits"]) for c in about["checks"] if c["held_out_bits"] is not None]
    named = (("learning", learned), ("held out", judged))
    curves = {name: dict(points) for name, points in named if points}
    if not curves:
        return "<p>No iteration yet.</p>"
    return viz.chart(curves, kind="line", x="iteration", y="bits per character", title="Bits per character").svg


def _flow(checks: list[Mapping[str, Any]]) -> str:
    last = len(checks) - 1
    picked = sorted({round(k * last / (SHOWN_FLOWS - 1)) for k in range(SHOWN_FLOWS)})
    steps = range(1, len(checks[0]["flow"]) + 1)
    curves = {f"iteration {checks[k]['iteration']:,}": checks[k]["flow"] for k in picked}
    title = "Gradient of the last step's loss, by time step"
    return viz.chart(curves, xs=steps, x="time step t", y="‖∂L_T/∂h_t‖", log="y", title=title).svg
