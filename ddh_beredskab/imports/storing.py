"""An import from start to end: how the file is understood, its rows stored batch by batch, and what came of it.

The rule kept: whole batches or nothing, each by the same door as any other question; what is known already stays as
it was, so an import that was cut off is simply run again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import TypeVar

from ddh_beredskab.core.decider import own_stream
from ddh_beredskab.core.playbook import Playbooks, Topic
from ddh_beredskab.doors import accept_feedback
from ddh_beredskab.imports.bad_rows import BadRow
from ddh_beredskab.imports.cells import Given
from ddh_beredskab.imports.questions import Questions, open_questions
from ddh_beredskab.imports.scores import Scores, open_scores
from ddh_beredskab.imports.sheets import Sheet
from ddh_beredskab.journal.clock_row import clock_now
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.database import Database
from ddh_beredskab.journal.messages import read_stream
from ddh_beredskab.journal.survey import add_answers
from ddh_beredskab.people.directory import extra_municipalities
from ddh_beredskab.playbooks.imports import Profile, QuestionProfile, ScoreProfile
from ddh_beredskab.playbooks.municipalities import Municipality
from schemas.activation import IncidentReported

T = TypeVar("T")
BATCH = 500


@dataclass(frozen=True, slots=True)
class Ground:
    """What the journal says that a file is held against."""

    now: datetime
    topics: Sequence[Topic] | None
    municipalities: Mapping[str, str]


@dataclass
class Imported:
    """What came of it."""

    rows: int = 0
    new: int = 0
    struck_out: int = 0
    bad: list[BadRow] = field(default_factory=list[BadRow])
    remarks: tuple[str, ...] = ()
    """Keys of what is assumed since the file does not say it."""

    @property
    def known(self) -> int:
        return self.rows - self.new


def ground(conn: Conn, crisis: str, books: Playbooks, municipalities: Iterable[Municipality]) -> Ground:
    """Read at the beginning of an import."""
    names = {each.name.casefold(): each.code for each in municipalities}
    names |= {name.casefold(): code for code, name, _, _ in extra_municipalities(conn)}
    return Ground(clock_now(conn), _topics(conn, crisis, books), names)


def _topics(conn: Conn, crisis: str, books: Playbooks) -> Sequence[Topic] | None:
    """The topics of the crisis' kind, from its report: the read model may not have come so far."""
    for row in read_stream(conn, own_stream("activation", crisis))[:5]:
        if isinstance(row.message, IncidentReported):
            return books.kinds[row.message.kind].topics
    return None


def open_import(
    sheet: Sheet,
    crisis: str,
    found: Ground,
    profile: Profile | None,
    columns: Mapping[str, str],
    values: Mapping[str, str],
) -> Questions | Scores:
    """The file as it will be read. Raises `UserError` when it cannot be used as a whole."""
    words = (
        {name: {each.casefold(): ours for each, ours in w.items()} for name, w in profile.words.items()}
        if profile
        else {}
    )
    given = Given(
        crisis,
        found.now,
        columns,
        values,
        known_columns={str(name): called for name, called in profile.columns.items()} if profile else {},
        defaults={str(name): value for name, value in profile.defaults.items()} if profile else {},
        words=words,
        municipalities=found.municipalities,
    )
    if isinstance(profile, ScoreProfile):
        return open_scores(sheet, given)
    return open_questions(sheet, given, found.topics)


async def store(
    database: Database,
    file: Questions | Scores,
    *,
    channel: str = "phone",
    tell: Callable[[], None] = lambda: None,
    batch: int = BATCH,
) -> Imported:
    """Put the good rows in. Others are served between the batches."""
    imported = Imported(bad=file.bad)
    if isinstance(file, Scores):
        imported.remarks = ("passed_on_unknown",) if file.passed_on_unknown else ()
        for answers in _batches(file, batch):
            new = await database.write(lambda conn, part=answers: add_answers(conn, part, clock_now(conn)), bulk=True)
            imported.rows, imported.new = imported.rows + len(answers), imported.new + new
            tell()
            await asyncio.sleep(0)
        return imported
    imported.remarks = ("answered_assumed",) if file.answered_assumed else ()
    for items in _batches(file, batch):
        done = await database.write(lambda conn, part=items: accept_feedback(conn, part, channel=channel), bulk=True)
        imported.rows, imported.new = imported.rows + len(items), imported.new + done.new
        imported.struck_out += done.struck_out
        tell()
        await asyncio.sleep(0)
    return imported


def channel_of(profile: Profile | None) -> str:
    """The channel by which the file's questions came."""
    return profile.channel if isinstance(profile, QuestionProfile) else "phone"


def _batches(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    it = iter(rows)
    while batch := list(islice(it, size)):
        yield batch
