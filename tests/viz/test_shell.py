"""`python -m viz`: a formula and its values become text, drawings and films; a mistake is one line and exit code 2."""

import re
import subprocess
import sys

import pytest

from viz.__main__ import main

FORMULA = "w**2 * (w - 3)"


def run(capsys, *arguments):
    code = main(arguments)
    out, err = capsys.readouterr()
    return code, out, err


def test_without_save_it_prints_the_circuit_and_the_ledger(capsys):
    code, out, err = run(capsys, FORMULA, "w=5")
    assert (code, err) == (0, "")
    assert out.startswith("circuit")
    assert "z = w²·(w − 3)  50.00      1.00" in out
    assert "45.00  Σ = " in out
    assert "\n∂z/∂z " in out
    assert "\nwhere  v2 =" in out


def test_statements_name_what_they_compute(capsys):
    _, out, _ = run(capsys, "x = w^2; y = w - 3; z = x*y", "w=5")
    assert "├─ x = w²     25.00      2.00" in out
    assert "∂z/∂w  += ∂z/∂x · ∂x/∂w" in out
    assert "where" not in out


def test_what_is_to_be_predicted_is_not_printed(capsys, tmp_path):
    _, out, _ = run(capsys, FORMULA, "w=5", "--predict", "w")
    assert "w  ×2" in out and "45.00" not in out and "?" in out
    page = tmp_path / "z.html"
    assert run(capsys, FORMULA, "w=5", "--predict", "w", "--save", str(page))[0] == 0
    assert "Show me" in page.read_text("utf-8")
    code, _, err = run(capsys, FORMULA, "w=5", "--predict", "v")
    assert code == 2 and err == "viz: v: the formula has no such name; known: w, z\n"


def test_forward_only_has_no_gradients(capsys):
    code, out, _ = run(capsys, "sqrt(w)", "w=0", "--show", "forward")
    assert code == 0
    assert "∂" not in out


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["2 + 3"], "z  5.00 1.00"),
        (["-w", "w=-5"], "z = −w 5.00 1.00"),
        (["z*L", "z=2", "L=3"], "f = z·L 6.00 1.00"),
        (["w₁ + 1", "w₁=2"], "z = w1 + 1 3.00 1.00"),
        (["w/2", "w=1/3"], "z = w / 2 0.17 1.00"),
        (["w*x", "w=[1,-2]", "x=[3,.5]"], "z = w·x [3.00 −1.00] [1.00 1.00]"),
        (["3*w", "w=2", "--precision", "4"], "z = 3·w 6.0000 1.0000"),
    ],
)
def test_formulas_and_values(capsys, arguments, line):
    code, out, err = run(capsys, *arguments)
    assert (code, err) == (0, "")
    assert out.splitlines()[1].split() == line.split()


def test_every_file_that_is_asked_for(capsys, tmp_path):
    names = ["z.svg", "z.dot", "z.txt", "z.html"]
    asked = [part for name in names for part in ("--save", str(tmp_path / name))]
    code, out, _ = run(capsys, FORMULA, "w=5", *asked, "--theme", "dark", "--direction", "TB", "--constants")
    assert code == 0
    assert out.split() == [str(tmp_path / name) for name in names]
    assert "#111111" in (tmp_path / "z.svg").read_text("utf-8")
    assert "rankdir=TB" in (tmp_path / "z.dot").read_text("utf-8")
    assert "50.00" in (tmp_path / "z.txt").read_text("utf-8")
    assert "ADD" in (tmp_path / "z.html").read_text("utf-8")


def test_a_folder_is_a_film(capsys, tmp_path):
    code, _, _ = run(capsys, "2*w", "w=5", "--save", f"{tmp_path}/frames/")
    assert code == 0
    assert len(list((tmp_path / "frames").glob("*.svg"))) > 2


def test_a_pdf_is_a_drawing_or_with_film_slides(capsys, tmp_path):
    pypdf = pytest.importorskip("pypdf")
    pages = []
    for extra in ([], ["--film"]):
        assert main(["2*w", "w=5", "--save", str(tmp_path / "z.pdf"), *extra]) == 0
        pages.append(len(pypdf.PdfReader(tmp_path / "z.pdf").pages))
    assert pages[0] == 1
    assert pages[1] > 2


MISTAKES = [
    ([], "there is no formula"),
    ([FORMULA], "no value for w; add w=1"),
    (["a*b"], "no value for a and b; add a=1 b=1"),
    ([FORMULA, "w=5", "q=1"], "not in the formula: q;"),
    ([FORMULA, "w=5", "w=6"], "w is given twice"),
    ([FORMULA, "w"], "'w' is no name=value, such as w=5"),
    ([FORMULA, "w=five"], "w=five: "),
    ([FORMULA, "w=[1,[2,3]]"], "ragged"),
    ([FORMULA, "w=[1,"], "no list of numbers"),
    ([FORMULA, "w=[print(1)]"], "no list of numbers"),
    ([FORMULA, "w=" + "[" * 3000], "no list of numbers"),
    (["w(w-3)", "w=5"], "w*(w-3)?"),
    (["__import__('os')", "w=5"], "has no place in a formula"),
    ([FORMULA, "w=5", "--save", "z.jpg"], "--save z.jpg: suffix '.jpg' is unknown; known: .html, .gif, .mp4, .svg"),
    ([FORMULA, "w=5", "--save", "/no/such/folder/z.svg"], "there is no folder"),
    ([FORMULA, "w=5", "--theme", "red"], "colourblind"),
    ([FORMULA, "w=5", "--precision", "99"], "decimals, 0 to 15"),
    ([FORMULA, "w=5", "--precision", "-1"], "decimals, 0 to 15"),
    ([FORMULA, "w=5", "--colour"], "--colour"),
    (["log(w)", "w=-1"], "defined for x > 0"),
    (["1/w", "w=0"], "viz: "),
    (["exp(w)", "w=1e9"], "viz: "),
    (["w*x", "w=[1,2]", "x=[1,2,3]"], "(2,)"),
]


@pytest.mark.parametrize(("arguments", "said"), MISTAKES)
def test_a_mistake_is_one_line_that_names_it(capsys, arguments, said):
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("viz: ")
    assert err.count("\n") == 1
    assert said in err


def test_nothing_is_written_when_one_name_is_wrong(capsys, tmp_path):
    code, _, _ = run(capsys, FORMULA, "w=5", "--save", str(tmp_path / "z.svg"), "--save", str(tmp_path / "z.jpg"))
    assert code == 2
    assert list(tmp_path.iterdir()) == []


def test_as_a_program_with_a_reader_that_leaves_and_a_poor_terminal():
    program = [sys.executable, "-m", "viz", FORMULA, "w=5"]
    poor = subprocess.run(
        program, capture_output=True, env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}, check=True
    )
    assert b"50.00" in poor.stdout
    assert poor.stderr == b""
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as leaving:
        leaving.stdout.close()
        assert leaving.stderr.read() == b""
    assert leaving.returncode == 0


def test_help(capsys):
    with pytest.raises(SystemExit) as left:
        main(["--help"])
    assert left.value.code == 0
    told = capsys.readouterr().out
    assert all(word in told for word in ("--save", "--theme", "--show", "name=value", "examples:", ".html", ".svg"))


def test_matrices_are_multiplied(capsys):
    code, out, _ = run(capsys, "W @ x + b", "W=[[1,2],[3,4]]", "x=[1,0]", "b=[0,1]")
    assert code == 0 and "[1.00  4.00]" in out
    code, _, err = run(capsys, "w @ w", "w=5")
    assert code == 2 and "@ multiplies matrices and vectors; between numbers write *" in err


def test_a_circuit_is_played(capsys, tmp_path):
    page = tmp_path / "z.html"
    assert run(capsys, FORMULA, "w=5", "--play", "--save", str(page))[0] == 0
    assert 'id="play-slider-0"' in page.read_text("utf-8")
    code, _, err = run(capsys, FORMULA, "w=5", "--play")
    assert code == 2 and "--save z.html" in err


LONG = "sin(cos(tanh(sigmoid(exp(-x*y + x/y - 3*x*x*y + y**3))))) * x + y"


@pytest.mark.parametrize("options", [[], ["--play"]])
def test_films_and_what_is_played_fit_where_they_are_read_too(capsys, tmp_path, options):
    sizes = {}
    for fit in ("page", "none"):
        path = tmp_path / f"{fit}.html"
        assert run(capsys, LONG, "x=0.5", "y=2", "--fit", fit, *options, "--save", str(path))[0] == 0
        sizes[fit] = max(float(wide) for wide in re.findall(r'viewBox="0 0 ([\d.]+) ', path.read_text("utf-8")))
    assert sizes["page"] < 1000 < sizes["none"]


@pytest.mark.parametrize("size", [["--dpi", "100"], ["--width", "900"]])
def test_a_page_that_is_played_has_no_pixels(capsys, tmp_path, size):
    code, _, told = run(capsys, FORMULA, "w=5", "--play", *size, "--save", str(tmp_path / "z.html"))
    assert code == 2 and "it has no pixels" in told


@pytest.mark.parametrize("fit", ["page", "slide", "640x360", "none"])
def test_a_drawing_fits_where_it_is_read(capsys, tmp_path, fit):
    assert run(capsys, FORMULA, "w=5", "--fit", fit, "--save", str(tmp_path / "z.svg"))[0] == 0


def test_pixels_are_asked_for(capsys, tmp_path):
    path = tmp_path / "z.png"
    assert run(capsys, FORMULA, "w=5", "--width", "700", "--save", str(path))[0] == 0
    assert int.from_bytes(path.read_bytes()[16:20], "big") == 700
    code, _, err = run(capsys, FORMULA, "w=5", "--fold", "cell", "--save", str(tmp_path / "z.svg"))
    assert code == 2 and "cell" in err
    assert run(capsys, FORMULA, "w=5", "--dpi", "100", "--save", str(tmp_path / "z.svg"))[0] == 2
