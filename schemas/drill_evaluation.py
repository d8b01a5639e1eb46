"""Evalueringsrapport as a file: what a drill was, how each target went with the log entries behind it, what is to mend.

The rules: a target is measured with at least one entry of the log behind it, or it is told why it could not be; people
stand as refs, the survey without any; a count that could point at one person is null (`hidden_under` says the limit).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.activation import CrisisKind
from schemas.base import CrisisId, Instant, Model, Ref, Role

Family = Literal["decision", "guide", "reports", "relief", "log", "questions", "expected", "elsewhere"]
Unit = Literal["minutes", "hours", "share", "count"]
Verdict = Literal["reached", "partly", "not_reached", "shown"]
WhyNot = Literal["no_entries", "before_start", "not_due", "did_not_happen", "nothing_asked", "too_short", "elsewhere"]
Outcome = Literal["done", "late", "missed", "open"]
Lane = Literal["activation", "crisis_staff", "guides", "feedback", "logbook", "inject"]
Entries = Annotated[tuple[int, ...], Field(min_length=1)]
"""Numbers of log entries; never none."""


class Measured(Model):
    """What was measured. `goal` is what it is held against, null when it is only shown."""

    state: Literal["measured"] = "measured"
    verdict: Verdict
    value: float
    goal: float | None
    hit: int | None = None
    """So many of `of` were as they should be; null where nothing is counted so."""
    of: int | None = None
    entries: Entries


class NotMeasured(Model):
    """Why there is no measure."""

    state: Literal["not_measured"] = "not_measured"
    why: WhyNot


Result = Annotated[Measured | NotMeasured, Field(discriminator="state")]


class Score(Model):
    """One target and how it went."""

    key: str
    family: Family
    label: str
    unit: Unit
    judged: bool
    source: str
    result: Result


class ExpectedAction(Model):
    """What was expected of a role after an inject, or where the recorded person acted, and how it went."""

    key: str
    source: Literal["inject", "recording"]
    crisis_id: CrisisId
    """The crisis it was about; its log has the entries."""
    title: str
    text: str
    command: str = ""
    """What the recorded person did, by the command's short name; empty for an inject."""
    owner: Role
    person: Ref | None
    """The participant it was expected of, where it is one."""
    asked_at: Instant
    due_at: Instant
    outcome: Outcome
    done_at: Instant | None
    entries: tuple[int, ...]
    """Done and late: the entries that show it. Missed: none shows it."""
    looked_at: tuple[int, int] | None
    """First and last entry of the time in which it should have been; null: none was written then."""
    judged_by: Ref | None
    """The evaluator who said so; null: the journal shows it."""
    note: str


class Moment(Model):
    """Something that happened, for the timeline."""

    at: Instant
    lane: Lane
    what: str
    """Short name of the event, or the inject's title."""
    number: int | None
    """Version, report or meeting number, where it has one."""
    entry: int | None
    weight: Literal["main", "late", "other"]


class CrisisEvaluation(Model):
    """One crisis of the drill."""

    crisis_id: CrisisId
    title: str
    kind: CrisisKind | None
    authority: str
    phase: str | None
    from_entry: int | None
    entries: int
    scores: tuple[Score, ...]
    moments: tuple[Moment, ...]


class PlayedPart(Model):
    """Who had a role: a participant, or the recording."""

    role: Role
    person: Ref
    by: Literal["participant", "recording"]


class Said(Model):
    """The participants' short survey. Prepared: how many gave 1, 2, 3, 4 and 5; null when too few answered."""

    answers: int | None
    prepared: tuple[int, int, int, int, int] | None
    average: float | None
    parts: dict[str, int]
    """How many of each part; parts under the limit are counted under `other`, or left out."""
    went_well: tuple[str, ...]
    went_less_well: tuple[str, ...]


class Note(Model):
    """An observation on the way, or the debriefing."""

    id: str
    kind: Literal["observation", "debriefing"]
    text: str
    clock: Instant | None
    by: Ref


class Finding(Model):
    """What somebody must mend, by when; closed with the later drill in which it was shown."""

    id: str
    drill: str
    finding: str
    owner: str
    due_on: str
    closed_in: str | None
    closing: str


class Compared(Model):
    """The same targets elsewhere: an earlier drill of the recording, or the recording as it was played out."""

    name: str
    kind: Literal["drill", "recording"]
    on: str
    """The day it was run; empty for the recording."""
    crises: tuple[tuple[Score, ...], ...]
    """The scores of each crisis, in the order they began."""


class DrillEvaluation(Model):
    """The whole report. Times are the drill's, except those that say the day it was run."""

    environment: str
    drill: bool
    title: str
    recording: str
    template: str | None
    on: str
    """The day the drill was run."""
    begins_at: Instant
    """From when the participants had it."""
    ends_at: Instant
    """Its end, or how far it is."""
    ended: bool
    leader: Ref | None
    parts: tuple[PlayedPart, ...]
    hidden_under: int
    crises: tuple[CrisisEvaluation, ...]
    expected: tuple[ExpectedAction, ...]
    survey: Said
    notes: tuple[Note, ...]
    findings: tuple[Finding, ...]
    compared: tuple[Compared, ...]
