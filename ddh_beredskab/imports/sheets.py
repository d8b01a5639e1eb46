"""A file as a heading and rows, each with its line: CSV as Excel and others write it, and Excel's own.

Raises `UserError` when the file as a whole cannot be read; a single row that cannot be is told, not fatal.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ddh_beredskab.errors import UserError
from ddh_beredskab.imports.excel import MAGIC, rows_of

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What stands where a row should have been."""

    why: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """An opened file; `name` is what a person calls it."""

    name: str
    header: list[str]
    lines: int
    """How many lines there are to read, for whoever shows progress."""
    rows: Callable[[], Iterator[tuple[int, list[str] | Unreadable]]]
    """Each row with the line it begins on."""


def sheet_of(raw: bytes, name: str, encoding: str | None = None) -> Sheet:
    """The file's heading and rows."""
    if raw.startswith(MAGIC):
        rows, numbers = rows_of(raw, name)
        return Sheet(name, rows[0], numbers[-1], lambda: iter(zip(numbers[1:], rows[1:], strict=True)))
    text = _text(raw, name, encoding)
    first = text.splitlines()[0] if text.strip() else ""
    if not first:
        raise UserError("csv_empty", place=name)
    separator = max((";", ",", "\t"), key=first.count)
    header = [cell.strip() for cell in next(csv.reader(io.StringIO(text, newline=""), delimiter=separator))]
    lines = text.count("\n") + (not text.endswith("\n"))
    return Sheet(name, header, lines, lambda: _rows(text, separator))


def _rows(text: str, separator: str) -> Iterator[tuple[int, list[str] | Unreadable]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    next(reader)
    while True:
        line = reader.line_num + 1
        try:
            yield line, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, Unreadable(str(error))


def sheet_in(path: Path, encoding: str | None = None) -> Sheet:
    """The same of a file on this machine. Raises `OSError` when it cannot be read."""
    return sheet_of(path.read_bytes(), str(path), encoding)


def _text(raw: bytes, name: str, encoding: str | None) -> str:
    encoding = encoding or next((known for bom, known in _BOMS if raw.startswith(bom)), "utf-8")
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise UserError("csv_encoding", place=f"{name}:{line}", line=line, encoding=encoding) from error
    except LookupError as error:
        raise UserError("no_encoding", place="--encoding", encoding=encoding) from error
