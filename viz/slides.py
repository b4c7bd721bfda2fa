"""Slides: pages painted one by one, bound into one PDF."""

from __future__ import annotations

import io
from collections.abc import Sequence

from viz.lettering import clean


def bind(pages: Sequence[bytes], title: str) -> bytes:
    """One PDF of all pages, with a title and without the date of its making: the same pages give the same bytes."""
    from pypdf import PdfWriter  # takes longer to import than a picture to draw

    slides = PdfWriter()
    for page in pages:
        slides.append(io.BytesIO(page))
    slides.add_metadata({"/Title": clean(title)})
    slides.compress_identical_objects()
    out = io.BytesIO()
    slides.write(out)
    return out.getvalue()
