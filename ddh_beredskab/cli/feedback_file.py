"""Citizens' questions from a CSV file: good rows become items, bad ones become sentences with their line.

The rule kept: a row is known again by what it says (and which of equal rows it is), so the same file twice counts
once, and so does a longer file with the same rows; with `--map id=COL` the file's own id decides.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from pydantic import ValidationError

from ddh_beredskab.cli.edge import reason
from ddh_beredskab.core.playbook import Topic
from ddh_beredskab.danish_time import day_and_clock, parse_instant
from ddh_beredskab.errors import UserError
from ddh_beredskab.i18n import say
from schemas.feedback import FeedbackItem

FIELDS = (
    "id", "time", "topic", "answered", "resolution", "transferred_to", "municipality", "guide_version", "agent", "text",
)  # fmt: skip
REQUIRED = ("time", "topic")
_NAMESPACE = UUID("0f6b1a52-1d0e-5b0c-9a53-5f0c6f0f2f57")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_AHEAD = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was left out: its line in the file and why, in one sentence."""

    line: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Reading:
    """How the file is to be understood."""

    crisis: str
    columns: Mapping[str, str]
    """Field of an item -> the file's column, as typed with `--map`."""
    values: Mapping[str, str]
    """Field of an item -> one value for all rows."""
    topics: Sequence[Topic] | None
    """The topics of the crisis' playbook; null: not known yet, any will do."""
    now: datetime


@dataclass
class FeedbackFile:
    """An opened file. Iterate it for items; `bad` fills up on the way."""

    path: Path
    text: str
    separator: str
    header: list[str]
    reading: Reading
    at: dict[str, int]
    """Field -> number of its column."""
    bad: list[BadRow] = field(default_factory=list[BadRow])
    line: int = 1
    """The line last read, for whoever shows progress."""

    @property
    def lines(self) -> int:
        return self.text.count("\n") + (not self.text.endswith("\n"))

    def items(self) -> Iterator[FeedbackItem]:
        """The good rows in file order."""
        seen: Counter[tuple[str, ...]] = Counter()
        for line, cells in self._rows():
            self.line = line
            if not any(cell.strip() for cell in cells):
                continue
            try:
                yield self._item(cells, seen)
            except _Bad as bad:
                self.bad.append(BadRow(line, say("feedback_file.skipped", line=line, why=bad.sentence)))

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        reader = csv.reader(io.StringIO(self.text, newline=""), delimiter=self.separator)
        next(reader)
        while True:
            line = reader.line_num + 1
            try:
                yield line, next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                why = say("feedback_file.csv", why=error)
                self.bad.append(BadRow(line, say("feedback_file.skipped", line=line, why=why)))

    def _item(self, cells: list[str], seen: Counter[tuple[str, ...]]) -> FeedbackItem:
        if len(cells) != len(self.header):
            raise _Bad("cells", found=len(cells), expected=len(self.header))
        given = {name: cells[at].strip() for name, at in self.at.items()}
        given = {**self.reading.values, **given}
        fields: dict[str, Any] = {"crisis_id": self.reading.crisis}
        fields["time"] = self._time(given["time"])
        fields["topic"] = self._topic(given["topic"])
        for name, words in (("answered", ANSWERED), ("resolution", RESOLUTION)):
            if text := given.get(name, ""):
                fields[name] = self._word(name, text, words)
        fields.setdefault("answered", "partly")
        if version := given.get("guide_version", ""):
            if not version.isdecimal():
                raise _Bad("number", column=self._called("guide_version"), value=_short(version))
            fields["guide_version"] = int(version)
        for name in ("transferred_to", "municipality", "text"):
            fields[name] = given.get(name, "")
        fields["agent"] = given.get("agent") or None
        fields["id"] = self._id(given, seen)
        try:
            return FeedbackItem(**fields)
        except ValidationError as error:
            name = str(error.errors()[0]["loc"][0])
            raise _Bad("value", column=self._called(name), value=_short(given.get(name, ""))) from error

    def _id(self, given: Mapping[str, str], seen: Counter[tuple[str, ...]]) -> UUID:
        if own := given.get("id", ""):
            return uuid5(_NAMESPACE, f"{self.reading.crisis}/id/{own}")
        says = tuple(given.get(name, "") for name in FIELDS)
        seen[says] += 1
        return uuid5(_NAMESPACE, "\x1f".join((self.reading.crisis, *says, str(seen[says]))))

    def _time(self, text: str) -> datetime:
        found = parse_instant(text)
        if found is None:
            raise _Bad("time", column=self._called("time"))
        if found > self.reading.now + _AHEAD:
            raise _Bad("future", column=self._called("time"), value=text, now=day_and_clock(self.reading.now))
        return found

    def _topic(self, text: str) -> str:
        topics = self.reading.topics
        if topics is None:
            if not text:
                raise _Bad("empty", column=self._called("topic"))
            return text
        low = text.casefold()
        for topic in topics:
            if low in (topic.key.casefold(), topic.label.casefold(), str(topic.number)):
                return topic.key
        near = get_close_matches(low, [topic.key for topic in topics], n=1, cutoff=0.6)
        hint = say("usage.meant", names=near[0]) if near else ""
        names = ", ".join(topic.key for topic in topics)
        raise _Bad("topic", column=self._called("topic"), value=_short(text), names=names, hint=hint)

    def _word(self, name: str, text: str, words: Mapping[str, str]) -> str:
        if (found := words.get(text.casefold())) is None:
            choices = ", ".join(dict.fromkeys(key for key in words if key not in words.values())) or ", ".join(words)
            raise _Bad("choice", column=self._called(name), value=_short(text), choices=choices)
        return found

    def _called(self, name: str) -> str:
        return self.header[self.at[name]] if name in self.at else name


class _Bad(Exception):
    def __init__(self, key: str, **facts: object) -> None:
        self.sentence = say(f"feedback_file.{key}", **facts)
        super().__init__(self.sentence)


def _words(**named: str) -> dict[str, str]:
    """Word in the file -> our word; keys of the catalogue hold the Danish ones, separated by commas."""
    found = {ours: ours for ours in named}
    for ours, key in named.items():
        found |= {word.strip(): ours for word in say(key).split(",")}
    return found


ANSWERED = _words(yes="feedback_file.words_yes", partly="feedback_file.words_partly", no="feedback_file.words_no")
RESOLUTION = _words(
    resolved="feedback_file.words_resolved",
    transferred="feedback_file.words_transferred",
    urgent_transfer="feedback_file.words_urgent",
)


def open_file(path: Path, reading: Reading, encoding: str | None = None) -> FeedbackFile:
    """Read the file's header and find its columns. Raises `UserError` when the file as a whole cannot be used."""
    text = _text(path, encoding)
    first = text.splitlines()[0] if text.strip() else ""
    if not first:
        raise UserError("csv_empty", place=str(path))
    separator = max((";", ",", "\t"), key=first.count)
    header = [cell.strip() for cell in next(csv.reader(io.StringIO(text, newline=""), delimiter=separator))]
    return FeedbackFile(path, text, separator, header, reading, _columns(path, header, reading))


def _text(path: Path, encoding: str | None) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UserError("file", place=str(path), path=path, why=reason(error)) from error
    encoding = encoding or next((name for bom, name in _BOMS if raw.startswith(bom)), "utf-8")
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise UserError("csv_encoding", place=f"{path}:{line}", line=line, encoding=encoding) from error
    except LookupError as error:
        raise UserError("no_encoding", place="--encoding", encoding=encoding) from error


def _columns(path: Path, header: list[str], reading: Reading) -> dict[str, int]:
    known = ", ".join(header)
    for name in (*reading.columns, *reading.values):
        if name not in FIELDS:
            raise UserError("csv_field", place="--map", name=name, fields=", ".join(FIELDS))
    at: dict[str, int] = {}
    low = [cell.casefold() for cell in header]
    for name in FIELDS:
        if (column := reading.columns.get(name)) is not None:
            if column.casefold() not in low:
                raise UserError("csv_column", place=f"{path}:1", column=column, known=known)
            at[name] = low.index(column.casefold())
        elif name in low and name not in reading.values:
            at[name] = low.index(name)
    for name in REQUIRED:
        if name not in at and name not in reading.values:
            raise UserError("csv_missing", place=f"{path}:1", name=name, known=known)
    return at


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:40] + " ..."
