"""Sheets as PDF. Imported by the first that is printed: the library takes a while to load.

Every PDF reader has Helvetica, with the letters of western Europe (Windows code page 1252). Others are printed in the
font of `ONHAND_PRINT_FONT`, of which just those letters become part of the PDF. What that lacks too loses its accents
where that makes it printable, and stands as its code point where it does not: better than a blank.
"""

from functools import lru_cache
from io import BytesIO
from itertools import groupby
from typing import Any
from unicodedata import normalize
from xml.sax.saxutils import escape as escape_markup

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer
from reportlab.platypus import Table as Grid

from onhand.api.paper import COLUMNS, Sheet, Table, bars, runs

FONT = "onhand-print"
WIDTHS = tuple(width * mm for width in (20, 30, 38, 15, 15, 22, 50))
BAR_HEIGHT = 9 * mm
WIDEST_BARCODE = 46 * mm
_STYLES = getSampleStyleSheet()
_CELL = _STYLES["BodyText"].clone("cell", fontSize=9, leading=11, splitLongWords=True)


def escape(text: str, font: str | None = None) -> str:
    """Text as a paragraph shows it; `font` is a TrueType file for what is not western European."""
    letters = _letters(font) if font else frozenset[str]()
    runs_of_text = groupby(text, lambda letter: letter in letters and not _is_western(letter))
    return "".join(
        f'<font name="{FONT}">{escape_markup("".join(run))}</font>'
        if is_foreign
        else escape_markup("".join(map(_printable, run)))
        for is_foreign, run in runs_of_text
    )


@lru_cache(maxsize=1)
def _letters(font: str) -> frozenset[str]:
    """The letters of the font, which from now on PDFs may use."""
    face = TTFont(FONT, font)
    pdfmetrics.registerFont(face)
    pdfmetrics.registerFontFamily(FONT, normal=FONT, bold=FONT, italic=FONT, boldItalic=FONT)
    return frozenset(map(chr, face.face.charToGlyph))


def _is_western(letter: str) -> bool:
    try:
        return bool(letter.encode("cp1252"))
    except UnicodeEncodeError:
        return False


@lru_cache(maxsize=10_000)
def _printable(letter: str) -> str:
    for spelling in (letter, *normalize("NFKD", letter)[:1]):
        if _is_western(spelling):
            return str(spelling)
    return letter.encode("ascii", "backslashreplace").decode()


class Barcode(Flowable):  # type: ignore[misc]
    """A Code 128 barcode, no wider than its column."""

    def __init__(self, modules: str) -> None:
        super().__init__()
        self._modules = modules
        self._module = min(0.33 * mm, WIDEST_BARCODE / (len(modules) + 20))
        self.width, self.height = self._module * (len(modules) + 20), BAR_HEIGHT

    def draw(self) -> None:
        for start, width in runs(self._modules):
            self.canv.rect((start + 10) * self._module, 0, width * self._module, BAR_HEIGHT, stroke=0, fill=1)


def document(sheet: Sheet, font: str | None = None) -> bytes:
    """The sheet as a PDF of A4 pages; the head of a table stands on each page that it reaches."""
    written = BytesIO()
    template = SimpleDocTemplate(
        written,
        pagesize=A4,
        title=sheet.title,
        leftMargin=10 * mm,
        rightMargin=10 * mm,
        topMargin=12 * mm,
        bottomMargin=12 * mm,
    )
    parts: list[Any] = [
        Paragraph(escape(sheet.title, font), _STYLES["Title"]),
        Paragraph(escape(sheet.facts, font), _STYLES["BodyText"]),
        Spacer(0, 2 * mm),
        _coded(sheet.code, font),
        Spacer(0, 4 * mm),
    ]
    if not any(table.rows for table in sheet.tables):
        parts.append(Paragraph("Nothing is left to pick.", _STYLES["BodyText"]))
    for table in sheet.tables:
        if table.rows:
            parts += [Paragraph(escape(table.heading, font), _STYLES["Heading2"]), _grid(table, font)]
    template.build(parts)
    return written.getvalue()


def _grid(table: Table, font: str | None) -> Grid:
    rows = [[*COLUMNS, "Barcode"]]
    rows += [
        [*(Paragraph(escape(cell, font), _CELL) for cell in row.cells), _coded(row.code, font)] for row in table.rows
    ]
    lines = [
        ("FONTNAME", (0, 0), (-1, 0), "Helvetica-Bold"),
        ("FONTSIZE", (0, 0), (-1, 0), 9),
        ("LINEBELOW", (0, 0), (-1, -1), 0.5, colors.grey),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3),
    ]
    # A row is cut only where it is taller than a page: one SKU for all the orders of a large wave.
    return Grid(rows, colWidths=WIDTHS, repeatRows=1, style=lines, splitInRow=1)


def _coded(text: str, font: str | None) -> Any:
    modules = bars(text)
    return Paragraph(escape(text, font), _CELL) if modules is None else Barcode(modules)
