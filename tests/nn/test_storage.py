"""Parameters on disk: the same numbers come back, or nothing changes and the error says what does not fit."""

import io
import re
import tracemalloc
import warnings
from contextlib import suppress
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
import pytest

from autograd_tiny import nn
from tests.nn.layers import D, H, normal, stacked


def numbers(layer: nn.Layer) -> dict[str, np.ndarray]:
    return {name: p.data.copy() for name, p in layer.parameters().items()}


class Normalised(nn.Layer):
    def __init__(self) -> None:
        self.cell, self.normal = stacked(), nn.BatchNorm(H)


def test_what_is_saved_comes_back_to_the_last_bit(tmp_path: Path) -> None:
    layer, other = Normalised(), Normalised()
    for k, p in enumerate(layer.parameters().values()):
        p.data = normal(*p.shape, seed=k)
    layer.normal(normal(5, H))
    path = nn.save(tmp_path / "weights.npz", layer)
    nn.load(path, other)
    for name, array in numbers(layer).items():
        np.testing.assert_array_equal(numbers(other)[name], array)
    np.testing.assert_array_equal(other.normal.running_var, layer.normal.running_var)
    again = nn.save(tmp_path / "again.npz", other)
    assert path.read_bytes() == again.read_bytes()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["again.npz", "weights.npz"]


def test_a_dict_of_values_is_saved_too(tmp_path: Path) -> None:
    layer, other = nn.Linear(D, H, seed=1), nn.Linear(D, H, seed=2)
    nn.load(nn.save(tmp_path / "w.npz", layer.parameters()), other.parameters())
    np.testing.assert_array_equal(other.W.data, layer.W.data)


def test_loading_keeps_the_kind_of_numbers(tmp_path: Path) -> None:
    layer = nn.Linear(D, H)
    path = nn.save(tmp_path / "w.npz", layer)
    layer.astype(np.float32)
    nn.load(path, layer)
    assert layer.W.dtype == np.float32


def test_every_misfit_is_named_and_nothing_changes(tmp_path: Path) -> None:
    path = nn.save(tmp_path / "rnn.npz", nn.RNNCell(D, H + 1))
    cell = nn.GRUCell(D, H)
    before = numbers(cell)
    with pytest.raises(ValueError) as error:
        nn.load(path, cell)
    assert str(error.value) == (
        f"cannot load {path} into this layer: 'W_h' is missing; 'U' has shape (3, 5), expected (3, 12); "
        "'W' has shape (5, 5), expected (4, 8); 'b' has shape (5,), expected (12,)"
    )
    with pytest.raises(ValueError, match=r"'b' is unknown here$"):
        nn.load(nn.save(tmp_path / "linear.npz", nn.Linear(2, 2)), nn.Linear(2, 2, bias=False))
    assert all(np.array_equal(before[name], array) for name, array in numbers(cell).items())


def test_a_file_cut_short_anywhere_is_refused_by_name(tmp_path: Path) -> None:
    layer = nn.Linear(2, 2)
    path = nn.save(tmp_path / "w.npz", layer)
    whole = path.read_bytes()
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match=re.escape(f"cannot load {path}: it is cut short, damaged")):
            nn.load(path, layer)


def test_what_is_no_real_number_is_refused_before_anything_changes(tmp_path: Path) -> None:
    layer = nn.Linear(2, 2)
    before = numbers(layer)
    np.savez(tmp_path / "w.npz", W=np.zeros((2, 2)), b=np.array([1j, 2]))
    with pytest.raises(ValueError, match=r"w\.npz into this layer: 'b' holds complex128, expected real numbers$"):
        nn.load(tmp_path / "w.npz", layer)
    assert all(np.array_equal(before[name], array) for name, array in numbers(layer).items())


def test_one_wrong_byte_never_goes_unnoticed(tmp_path: Path) -> None:
    layer = nn.Linear(2, 2)
    path = nn.save(tmp_path / "w.npz", layer)
    before, whole = numbers(layer), path.read_bytes()
    for place in range(0, len(whole), 3):
        spoilt = bytearray(whole)
        spoilt[place] ^= 0x01  # in the flags of an entry this says that it is encrypted
        path.write_bytes(spoilt)
        with suppress(ValueError):  # or a byte that says nothing of the numbers, such as a date
            nn.load(path, layer)
        assert all(np.array_equal(before[name], array) for name, array in numbers(layer).items())


def test_foreign_files_are_refused_by_name(tmp_path: Path) -> None:
    np.save(tmp_path / "array.npy", np.ones(3))
    np.savez(tmp_path / "objects.npz", W=np.array([{}], dtype=object))
    (tmp_path / "text.npz").write_text("hello")
    for name in ("array.npy", "objects.npz", "text.npz"):
        with pytest.raises(ValueError, match=f"{name}: it is cut short, damaged, or something else"):
            nn.load(tmp_path / name, nn.Linear(2, 2))
    with pytest.raises(FileNotFoundError, match=r"nowhere\.npz"):
        nn.load(tmp_path / "nowhere.npz", nn.Linear(2, 2))
    with pytest.raises(FileNotFoundError, match="create it first"):
        nn.save(tmp_path / "no folder" / "w.npz", nn.Linear(2, 2))


def test_the_summary_counts_what_there_is() -> None:
    cell = nn.StackedCells([nn.LSTMCell(90, 100), nn.RNNCell(100, 5, seed=1)])
    assert nn.summary(cell).splitlines() == [
        "parameter  shape        count",
        "─────────────────────────────",
        "cells.0.U  (90, 400)   36,000",
        "cells.0.W  (100, 400)  40,000",
        "cells.0.b  (400,)         400",
        "cells.1.U  (100, 5)       500",
        "cells.1.W  (5, 5)          25",
        "cells.1.b  (5,)             5",
        "─────────────────────────────",
        "total                  76,930",
    ]


def written(path: Path, entries: list[tuple[str, bytes]]) -> Path:
    """A zip file, packed as tightly as zip packs."""
    with ZipFile(path, "w", ZIP_DEFLATED) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of two entries of one name
        for name, content in entries:
            archive.writestr(name, content)
    return path


def entry(shape: tuple[int, ...], dtype: str = "<f8", version: tuple[int, int] = (1, 0), length: int = 0) -> bytes:
    """A header of .npy, and `length` zeros."""
    content = io.BytesIO()
    write = np.lib.format.write_array_header_1_0 if version == (1, 0) else np.lib.format.write_array_header_2_0
    write(content, {"descr": dtype, "fortran_order": False, "shape": shape})
    return content.getvalue() + bytes(length)


LARGE = 50_000_000
BOMBS: dict[str, list[tuple[str, bytes]]] = {
    "an entry that the layer lacks": [("more.npy", entry((LARGE // 8,), length=LARGE))],
    "a weight of another shape": [("W.npy", entry((LARGE // 8,), length=LARGE))],
    "a shape that the entry does not hold": [("W.npy", entry((LARGE // 8,)))],
    "more bytes than the shape has": [("W.npy", entry((2, 2), length=LARGE))],
    "a header of gigabytes": [("W.npy", entry((2, 2), version=(2, 0), length=LARGE))],
    "two of one name": [("W.npy", entry((LARGE // 8,), length=LARGE)), ("W.npy", entry((2, 2), length=32))],
    "no array": [("W.npy", bytes(LARGE))],
}


@pytest.mark.parametrize("what", BOMBS)
def test_a_file_is_refused_by_its_headers_before_it_is_unpacked(what: str, tmp_path: Path) -> None:
    path = written(tmp_path / "w.npz", BOMBS[what])
    layer = nn.Linear(2, 2)
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=re.escape(f"cannot load {path}")):
            nn.load(path, layer)
        assert tracemalloc.get_traced_memory()[1] < LARGE / 10
    finally:
        tracemalloc.stop()
