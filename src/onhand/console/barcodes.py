"""Barcodes as drawings: Code 128, which every scanner reads."""

from typing import NamedTuple

from onhand.api.paper import bars, runs

QUIET = 10


class Barcode(NamedTuple):
    """The black of it as a path, one unit high; `width` is in modules, with the quiet zones."""

    text: str
    width: int
    path: str


def barcode(text: str) -> Barcode | None:
    """None for a text that Code 128 cannot spell, or that would be too long to scan."""
    modules = bars(text)
    if modules is None:
        return None
    path = "".join(f"M{start + QUIET} 0h{width}v1h-{width}z" for start, width in runs(modules))
    return Barcode(text, len(modules) + 2 * QUIET, path)
