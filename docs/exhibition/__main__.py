"""`python -m docs.exhibition`: run the programs of exhibits.md and hang what they make into docs/gallery."""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

from docs.exhibition.exhibits import read
from docs.exhibition.twin import markdown
from docs.exhibition.webpage import page
from docs.exhibition.works import kibibytes, make

HERE = Path(__file__).parent
GALLERY = HERE.parent / "gallery"


def hang(folder: Path) -> None:
    """Fill `folder`: pictures and pages as the programs save them, index.html and README.md over them."""
    gallery = read((HERE / "exhibits.md").read_text("utf-8"))
    works = {work.exhibit: work for work in make(gallery, folder)}
    (folder / "index.html").write_text(page(gallery, works), "utf-8")
    (folder / "README.md").write_text(markdown(gallery, works), "utf-8")


def main() -> None:
    """Hang everything anew; nothing changes if a program fails."""
    parser = argparse.ArgumentParser(prog="python -m docs.exhibition", description=__doc__)
    parser.add_argument("--into", type=Path, default=GALLERY, metavar="DIR")
    target = parser.parse_args().into
    with tempfile.TemporaryDirectory() as scratch:
        hang(Path(scratch))
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(scratch, target)
    print(f"{len(list(target.iterdir()))} files, {kibibytes(target):.0f} KiB, in {target.name}/")


if __name__ == "__main__":
    main()
