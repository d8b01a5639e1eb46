"""Rows that were left out: each with its line, its column and what would be right, on a screen or as a file of its own.

Rule kept: what stood in the cell is told struck through, so that the list can be sent on to whoever made the file.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass

from ddh_beredskab.core.redaction import strike_feedback
from ddh_beredskab.i18n import say

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class BadRow:
    """One row; `column` is empty when it is about the whole row."""

    line: int
    column: str
    value: str
    why: str

    @property
    def sentence(self) -> str:
        return say("feedback_file.skipped", line=self.line, why=self.why)


class BadCell(Exception):
    """A cell that cannot be used; the sentence says what would be right."""

    def __init__(self, key: str, column: str = "", value: str = "", **facts: object) -> None:
        self.column, self.value = column, short(value)
        self.why = say(f"feedback_file.{key}", column=column, value=self.value, **facts)
        super().__init__(self.why)

    def on(self, line: int) -> BadRow:
        """As told of that line."""
        return BadRow(line, self.column, self.value, self.why)


def short(text: str) -> str:
    """As much of a cell as helps to find it, without personal data."""
    struck, _ = strike_feedback(text)
    return struck if len(struck) <= 40 else struck[:40] + " ..."


def bad_rows_file(rows: Iterable[BadRow]) -> bytes:
    """The list as a CSV file that Excel opens with a double click."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
    writer.writerow([say(f"feedback_file.bad_{name}") for name in ("line", "column", "value", "why")])
    for row in rows:
        writer.writerow([row.line, *(_no_formula(cell) for cell in (row.column, row.value, row.why))])
    return file.getvalue().encode("utf-8-sig")


def _no_formula(text: str) -> str:
    """Excel must read a cell as text, whatever somebody wrote in it."""
    return f"'{text}" if text.startswith(_FORMULA) else text
