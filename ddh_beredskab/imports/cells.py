"""Where each field stands in a file, and what is read out of one cell.

The rule kept: a row is known again by what it says (and which of equal rows it is), never by personal data in it, so
the same file twice counts once, and so does a longer file with the same rows; a column `id` of the file's own decides.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from ddh_beredskab.core.redaction import strike_cpr, strike_feedback
from ddh_beredskab.danish_time import day_and_clock, parse_instant
from ddh_beredskab.errors import UserError
from ddh_beredskab.i18n import say
from ddh_beredskab.imports.bad_rows import BadCell
from ddh_beredskab.imports.sheets import Sheet

_NAMESPACE = UUID("0f6b1a52-1d0e-5b0c-9a53-5f0c6f0f2f57")
_AHEAD = timedelta(minutes=2)
_CODE = re.compile("[0-9]{3,4}")


@dataclass(frozen=True, slots=True)
class Given:
    """What is said about the file: by whoever imports it, and by the channel's profile."""

    crisis: str
    now: datetime
    columns: Mapping[str, str] = field(default_factory=dict[str, str])
    """Field -> the file's column, as typed."""
    values: Mapping[str, str] = field(default_factory=dict[str, str])
    """Field -> one value for all rows."""
    known_columns: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    """Field -> what the channel's files call its column."""
    defaults: Mapping[str, str] = field(default_factory=dict[str, str])
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    municipalities: Mapping[str, str] = field(default_factory=dict[str, str])
    """Name in small letters -> code. Empty: nobody knows, any will do."""


@dataclass
class Cells:
    """The columns of a file, and reading one row's cells. Raises `BadCell` for what would be wrong."""

    header: Sequence[str]
    at: Mapping[str, int]
    given: Given
    _seen: Counter[tuple[str, ...]] = field(default_factory=Counter[tuple[str, ...]])

    def row(self, cells: Sequence[str]) -> dict[str, str]:
        """Field -> what stands there, with what holds for all rows."""
        if len(cells) != len(self.header):
            raise BadCell("cells", found=len(cells), expected=len(self.header))
        found = {name: cells[at].strip() for name, at in self.at.items()}
        row = {**self.given.values, **found}
        for name, otherwise in self.given.defaults.items():
            if not row.get(name):
                row[name] = otherwise
        for name, words in self.given.words.items():
            if (low := row.get(name, "").casefold()) in words:
                row[name] = words[low]
        return row

    def called(self, name: str) -> str:
        """What the file calls a field."""
        return self.header[self.at[name]] if name in self.at else name

    def time(self, row: Mapping[str, str]) -> datetime:
        text = row.get("time", "")
        found = parse_instant(text)
        if found is None:
            raise BadCell("time", self.called("time"), text)
        if found > self.given.now + _AHEAD:
            raise BadCell("future", self.called("time"), text, now=day_and_clock(self.given.now))
        return found

    def word(self, name: str, text: str, words: Mapping[str, str]) -> str:
        """Our word for theirs."""
        if (found := words.get(text.casefold())) is None:
            choices = ", ".join(dict.fromkeys(key for key in words if key not in words.values())) or ", ".join(words)
            raise BadCell("choice", self.called(name), text, choices=choices)
        return found

    def number(self, name: str, text: str) -> int:
        if not (text.isascii() and text.isdecimal() and len(text) < 10):
            raise BadCell("number", self.called(name), text)
        return int(text)

    def municipality(self, row: Mapping[str, str]) -> str:
        """The code of a municipality that stands there by code or by name. Excel takes the nought from a code."""
        text = row.get("municipality", "")
        if _CODE.fullmatch(text):
            return text.zfill(4)
        known = self.given.municipalities
        name = text.casefold().removesuffix(" kommune")
        if not text or not known:
            return text
        if name not in known:
            raise BadCell("municipality", self.called("municipality"), text)
        return known[name]

    def id(self, row: Mapping[str, str], names: Sequence[str]) -> UUID:
        """The same for the same row, and nothing in it from which a person could be found again."""
        own = row.get("id", "")
        if own and not strike_feedback(own)[1]:
            return uuid5(_NAMESPACE, f"{self.given.crisis}/id/{own}")
        says = tuple(strike_feedback(row.get(name, ""))[0] for name in names if name != "id")
        self._seen[says] += 1
        return uuid5(_NAMESPACE, "\x1f".join((self.given.crisis, *says, str(self._seen[says]))))


def no_cpr(text: str) -> str | None:
    """A short field as it may be stored; null when it is empty or a person's number."""
    return text if text and not strike_cpr(text)[1] else None


def cells_of(sheet: Sheet, given: Given, fields: Sequence[str], required: Sequence[str]) -> Cells:
    """Find each field's column: as typed, else as the channel's files call it, else by its own name.

    Raises `UserError` when the file does not hold what it must.
    """
    known = ", ".join(sheet.header)
    for name in (*given.columns, *given.values):
        if name not in fields:
            raise UserError("csv_field", place="--map", name=name, fields=", ".join(fields))
    at: dict[str, int] = {}
    low = [cell.casefold() for cell in sheet.header]
    for name in fields:
        if (column := given.columns.get(name)) is not None:
            if column.casefold() not in low:
                raise UserError("csv_column", place=f"{sheet.name}:1", column=column, known=known)
            at[name] = low.index(column.casefold())
        elif name not in given.values:
            called = (*(each.casefold() for each in given.known_columns.get(name, ())), name)
            found = next((each for each in called if each in low), None)
            if found is not None:
                at[name] = low.index(found)
    for name in required:
        if name not in at and name not in given.values and name not in given.defaults:
            raise UserError("csv_missing", place=f"{sheet.name}:1", name=name, known=known)
    return Cells(sheet.header, at, given)


def danish_words(**named: str) -> dict[str, str]:
    """Word in the file -> our word; keys of the catalogue hold the Danish ones, separated by commas."""
    found = {ours: ours for ours in named}
    for ours, key in named.items():
        found |= {word.strip(): ours for word in say(key).split(",")}
    return found
