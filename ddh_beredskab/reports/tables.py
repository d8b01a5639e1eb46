"""Tables as files that open in a Danish Excel: CSV with semicolons and a byte order mark, and workbooks.

Rules kept: a cell that a spreadsheet could take for a formula is made text (a leading apostrophe in CSV, a string cell
in a workbook); numbers stay numbers; what is hidden is written as such and never as nought; a drill's table says so in
every row, so that a row that is copied elsewhere is still marked.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import xlsxwriter

from ddh_beredskab.danish_time import local

CSV = "text/csv; charset=utf-8"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Cell = str | int | float | datetime | None
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A name, what the columns are called, and the rows."""

    name: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    band: str = ""
    """Stands on top of every printed page; empty: nothing does."""


def marked(sheet: Sheet, word: str, band: str) -> Sheet:
    """The table as a drill's: in its name, in a column of its own, and on top of every printed page."""
    rows = [[*row, word] for row in sheet.rows]
    return Sheet(f"{word} {sheet.name}", [*sheet.head, word.capitalize()], rows, band)


def as_csv(sheet: Sheet) -> bytes:
    """One table."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([_text(each) for each in sheet.head])
    writer.writerows([_text(cell) for cell in row] for row in sheet.rows)
    return out.getvalue().encode("utf-8-sig")


def as_excel(sheets: Sequence[Sheet]) -> bytes:
    """A workbook; the head stays in sight and can be filtered by."""
    out = io.BytesIO()
    book: Any = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    moment = book.add_format({"num_format": "dd-mm-yyyy hh:mm"})
    for sheet in sheets:
        page: Any = book.add_worksheet(sheet.name[:31])
        for column, word in enumerate(sheet.head):
            page.write_string(0, column, word, bold)
            page.set_column(column, column, max(12, min(40, len(word) + 2)))
        for row, cells in enumerate(sheet.rows, start=1):
            for column, cell in enumerate(cells):
                _write(page, row, column, cell, moment)
        if sheet.band:
            page.set_header(f"&C&B{sheet.band}")
        page.freeze_panes(1, 0)
        if sheet.rows:
            page.autofilter(0, 0, len(sheet.rows), len(sheet.head) - 1)
    book.close()
    return out.getvalue()


def _write(page: Any, row: int, column: int, cell: Cell, moment: Any) -> None:
    match cell:
        case None | "":
            page.write_blank(row, column, None)
        case datetime():
            page.write_datetime(row, column, local(cell).replace(tzinfo=None), moment)
        case int() | float():
            page.write_number(row, column, cell)
        case _:
            page.write_string(row, column, cell)


def _text(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case datetime():
            return f"{local(cell):%Y-%m-%d %H:%M}"
        case float():
            return f"{cell:.2f}".replace(".", ",")
        case int():
            return str(cell)
        case _:
            text = str(cell)
            return f"'{text}" if text.startswith(_DANGEROUS) else text
