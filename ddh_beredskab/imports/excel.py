# openpyxl has no types of its own:
# pyright: reportMissingModuleSource=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""An Excel file as the rows a CSV file would have: its first sheet, what is shown and never what calculates it.

The rule kept: a file that unpacks to far more than it weighs is refused before it is unpacked.
"""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from ddh_beredskab.errors import UserError

MAGIC = b"PK\x03\x04"
LARGEST_UNPACKED = 200 << 20


def rows_of(raw: bytes, name: str) -> tuple[list[list[str]], list[int]]:
    """All rows that hold something, as texts, and the number each has in the sheet. Raises `UserError`."""
    from openpyxl import load_workbook  # slow to load, and most files are CSV

    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            if sum(each.file_size for each in packed.infolist()) > LARGEST_UNPACKED:
                raise UserError("excel_too_large", place=name)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and the like that we do not read
            book = load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
            sheet = book.worksheets[0]
            found = list(_filled(sheet.iter_rows(values_only=True)))
    except UserError:
        raise
    except Exception as error:  # a broken archive, broken XML, no sheet: openpyxl tells each in its own way
        raise UserError("excel_unreadable", place=name) from error
    if not found:
        raise UserError("csv_empty", place=name)
    width = len(found[0][1])
    return [(cells + [""] * width)[: max(width, len(cells))] for _, cells in found], [line for line, _ in found]


def _filled(rows: Iterator[Sequence[Any]]) -> Iterator[tuple[int, list[str]]]:
    for number, values in enumerate(rows, 1):
        cells = [_text(value) for value in values]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            yield number, cells


def _text(value: Any) -> str:
    """What a person would have typed into a CSV file."""
    match value:
        case None:
            return ""
        case bool():
            return "ja" if value else "nej"
        case datetime():
            return f"{value:%d-%m-%Y %H:%M:%S}"
        case date():
            return f"{value:%d-%m-%Y}"
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value).strip()
