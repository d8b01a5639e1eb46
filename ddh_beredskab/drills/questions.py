"""The citizens' questions of a recording: one CSV row per registration.

Rule: a row's id decides what is the same question, so a row that stands twice was registered twice and counts
once; `time` is when it was asked, `registered_at` when it reached us (later means a late arrival).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, get_args

from pydantic import ValidationError

from ddh_beredskab.drills.mistakes import Mistakes, meant, sentence
from schemas.feedback import Answered, FeedbackItem, Resolution

COLUMNS = (
    "id",
    "registered_at",
    "time",
    "topic",
    "municipality",
    "answered",
    "resolution",
    "transferred_to",
    "guide_version",
    "agent",
    "text",
)

CRISIS = "crisis"
"""A last column, only where a drill has more than one crisis: which one the question is about; empty is 1."""


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """One registration; `fields` are the item's, without its ids."""

    line: int
    id: str
    registered_at: datetime
    fields: dict[str, Any]
    crisis: int = 1


def read_questions(
    text: str,
    mistakes: Mistakes,
    *,
    kind: str,
    municipalities: Collection[str],
    agents: Collection[str],
    topics: Collection[str] | None,
) -> list[QuestionRow]:
    """All good rows in file order; the bad ones are noted as mistakes."""
    reader = csv.reader(io.StringIO(text, newline=""))
    rows: list[QuestionRow] = []
    first: dict[str, QuestionRow] = {}
    columns, line = COLUMNS, 1
    for at, cells in enumerate(reader):
        here, line = line, reader.line_num + 1
        if at == 0:
            columns = tuple(cells)
            if columns not in (COLUMNS, (*COLUMNS, CRISIS)):
                mistakes.add(1, "csv_header", header=",".join(COLUMNS))
                return []
            continue
        if not cells:
            continue
        if len(cells) != len(columns):
            mistakes.add(here, "csv_fields", found=len(cells), expected=len(columns))
            continue
        row = _row(here, dict(zip(columns, cells, strict=True)), mistakes)
        if row is None:
            continue
        _known(row, mistakes, kind=kind, municipalities=municipalities, agents=agents, topics=topics)
        earlier = first.setdefault(row.id, row)
        if earlier.fields != row.fields:
            mistakes.add(here, "csv_twice_differs", id=row.id, line=earlier.line)
        rows.append(row)
    return rows


def _row(line: int, cells: dict[str, str], mistakes: Mistakes) -> QuestionRow | None:
    times = {column: _instant(cells[column]) for column in ("registered_at", "time")}
    good = True
    for column, value in times.items():
        if value is None:
            mistakes.add(line, "csv_value", column=column, value=cells[column], hint=sentence("hint_time"))
            good = False
    choices = {"answered": get_args(Answered), "resolution": get_args(Resolution)}
    for column, allowed in choices.items():
        if cells[column] not in allowed:
            hint = sentence("hint_choice", choices=", ".join(allowed))
            mistakes.add(line, "csv_value", column=column, value=cells[column], hint=hint)
            good = False
    version = cells["guide_version"]
    if version and not version.isdecimal():
        mistakes.add(line, "csv_value", column="guide_version", value=version, hint=sentence("hint_number"))
        good = False
    crisis = cells.get(CRISIS, "") or "1"
    if not crisis.isdecimal() or int(crisis) < 1:
        mistakes.add(line, "csv_value", column=CRISIS, value=crisis, hint=sentence("hint_number"))
        good = False
    if not cells["id"]:
        mistakes.add(line, "missing", key="id")
        good = False
    registered, asked = times["registered_at"], times["time"]
    if not good or registered is None or asked is None:
        return None
    if registered < asked:
        mistakes.add(line, "csv_late", registered=cells["registered_at"], asked=cells["time"])
    fields: dict[str, Any] = {
        **{name: cells[name] for name in ("topic", "answered", "resolution", "transferred_to", "municipality", "text")},
        "time": asked,
        "guide_version": int(version) if version else None,
        "agent": cells["agent"] or None,
    }
    return QuestionRow(line, cells["id"], registered, fields, int(crisis))


def _known(
    row: QuestionRow,
    mistakes: Mistakes,
    *,
    kind: str,
    municipalities: Collection[str],
    agents: Collection[str],
    topics: Collection[str] | None,
) -> None:
    topic, code, agent = row.fields["topic"], row.fields["municipality"], row.fields["agent"]
    if topics is not None and topic not in topics:
        mistakes.add(row.line, "csv_topic", topic=topic, kind=kind, meant=meant(topic, topics))
    if code and code not in municipalities:
        mistakes.add(row.line, "unknown_municipality", code=code, meant=meant(code, municipalities))
    if agent is not None and agent not in agents:
        names = sorted(agents) or ["-"]
        mistakes.add(row.line, "unknown_agent", agent=agent, first=names[0], last=names[-1])


def item_of(row: QuestionRow, item_id: Any, crisis_id: str, mistakes: Mistakes) -> FeedbackItem | None:
    """The row as the item a door would make of it."""
    try:
        return FeedbackItem(id=item_id, crisis_id=crisis_id, **row.fields)
    except ValidationError as error:
        for each in error.errors():
            column = str(each["loc"][0]) if each["loc"] else "text"
            mistakes.add(
                row.line,
                "csv_value",
                column=column,
                value=row.fields.get(column, ""),
                hint=sentence("hint_other"),
            )
        return None


def _instant(text: str) -> datetime | None:
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        return None
    return value.astimezone(UTC) if value.tzinfo is not None else None
