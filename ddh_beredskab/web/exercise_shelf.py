"""What a drill can be planned from: the recordings with their key moments and parts, the templates, the injects.

Rule kept: a recording is read once and kept; one that has a mistake in it is left out here (`playbook check` names the
mistake), so that the others can still be used.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.drills.casting import Casting, Part, cast_recording, parts
from ddh_beredskab.drills.exercises import Exercise, Exercises, load_exercises
from ddh_beredskab.drills.inject_files import load_injects
from ddh_beredskab.drills.plan import Inject, Plan
from ddh_beredskab.drills.recording import known_recordings, load_recording
from ddh_beredskab.drills.recording_model import RecordedInput, Recording
from ddh_beredskab.drills.starting import Stage
from ddh_beredskab.errors import UserError
from schemas.activation import ProposeDecision
from schemas.base import Role
from schemas.logbook import WriteLogEntry

log = structlog.stdlib.get_logger(__name__)

BEFORE = timedelta(minutes=15)
"""The participants take over so long before the first decision, unless somebody chooses otherwise."""
_TELLING = (
    "report_incident", "supplement_incident", "give_provisional_activation", "propose_decision",
    "release_first_message", "release_guide", "recall_guide", "set_night_version", "hold_staff_meeting",
    "propose_step_down", "mark_sustained", "close_crisis",
)  # fmt: skip
_EVERY = frozenset({"report_incident", "give_provisional_activation", "propose_decision", "recall_guide"})
"""Told each time; of the others the first time in a crisis."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Something in the recording one would begin at."""

    at: datetime
    what: str
    """Short name of the command, or `urgent`."""
    text: str
    crisis: int


@dataclass(frozen=True, slots=True)
class RecordedPart:
    """A part of the recording that a participant can take."""

    ref: str
    name: str
    municipality: str
    roles: tuple[Role, ...]
    holds: tuple[Role, ...]
    """Those of the roles that are the person's own; of the others the person is a deputy or in the pool."""


class Shelf:
    """The recordings of one stage."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._recordings: dict[str, Recording] = {}
        self._castings: dict[str, tuple[Plan, Casting]] = {}
        self._reading = asyncio.Lock()

    @property
    def playbooks(self) -> Playbooks:
        return self._stage.playbooks

    def templates(self) -> Exercises:
        """Raises `PlaybookError` when the file has a mistake."""
        return load_exercises(self._stage.recordings[0].parent)

    async def recordings(self) -> list[Recording]:
        """Every recording that can be read, by name."""
        known = known_recordings(self._stage.recordings)
        found = [await self.recording(name) for name in sorted(known)]
        return [each for each in found if each is not None]

    async def recording(self, name: str) -> Recording | None:
        """The recording of that name; null when there is none, or none that can be read."""
        async with self._reading:
            if name not in self._recordings and name in known_recordings(self._stage.recordings):
                try:
                    self._recordings[name] = await asyncio.to_thread(load_recording, name, self._stage.recordings)
                except UserError as error:
                    log.warning("a recording cannot be read", recording=name, error=error.sentence)
        return self._recordings.get(name)

    async def casting(self, plan: Plan) -> Casting | None:
        """The recording as the plan's drill plays it; null when it is not the recording the plan was made with."""
        kept = self._castings.get(plan.name)
        if kept is not None and kept[0] == plan:
            return kept[1]
        recording = await self.recording(plan.recording)
        if recording is None or recording.sha256 != plan.recording_sha256:
            return None
        made = await asyncio.to_thread(cast_recording, recording, plan)
        self._castings[plan.name] = (plan, made)
        return made

    def injects(self, recording: Recording, template: Exercise, starts_at: datetime) -> list[Inject]:
        """The recording's own injects and the template's, in the order they come; those without a time stand last."""
        own = list(load_injects(recording, self.playbooks))
        keys = {each.key for each in own}
        own += [each.placed(starts_at) for each in template.injects if each.key not in keys]
        return sorted(own, key=lambda each: (each.at is None, each.after is None, each.at or starts_at))


_SHELVES: dict[tuple[Path, ...], Shelf] = {}


def shelf_of(stage: Stage) -> Shelf:
    """The shelf of a stage, the same each time."""
    return _SHELVES.setdefault(stage.recordings, Shelf(stage))


def moments(recording: Recording, most: int = 16) -> list[Moment]:
    """What stands out in the recording, in its order."""
    found: list[Moment] = []
    told: set[tuple[int, str]] = set()
    for each in recording.inputs:
        what, text = _telling(each)
        if not what or (what not in _EVERY and what != "urgent" and (each.crisis, what) in told):
            continue
        told.add((each.crisis, what))
        found.append(Moment(each.at, what, text, each.crisis))
    return found if len(found) <= most else _thinned(found, most)


def _telling(each: RecordedInput) -> tuple[str, str]:
    match each.payload:
        case WriteLogEntry(kind="urgent") as entry:
            return "urgent", entry.text
        case payload if each.kind == "command":
            name = type(payload).short_name()  # type: ignore[union-attr]
            return (name, str(getattr(payload, "title", ""))) if name in _TELLING else ("", "")
        case _:
            return "", ""


def _thinned(found: list[Moment], most: int) -> list[Moment]:
    """Meetings and step downs first go, then whatever comes last."""
    kept = [each for each in found if each.what not in ("hold_staff_meeting", "supplement_incident")]
    return kept[:most]


def takes_over(recording: Recording) -> datetime:
    """When the participants take over unless somebody chooses otherwise: a little before the first decision to act."""
    decided = (each.at for each in recording.inputs if _decides(each))
    first = next(decided, recording.starts_at)
    return max(first - BEFORE, recording.starts_at).replace(second=0, microsecond=0)


def _decides(each: RecordedInput) -> bool:
    match each.payload:
        case ProposeDecision(outcome=outcome):
            return outcome != "warn"
        case payload if each.kind == "command":
            return type(payload).short_name() == "give_provisional_activation"  # type: ignore[union-attr]
        case _:
            return False


def recorded_parts(recording: Recording) -> list[RecordedPart]:
    """Everybody of the recording whose part can be taken, with the roles of the part."""
    everybody = Plan(
        title="-", template="procedure", recording=recording.name, recording_sha256=recording.sha256, leader="0",
        cast={ref: ref for ref in recording.people},
    )  # fmt: skip
    found: dict[str, list[Part]] = {}
    for part in parts(recording, everybody):
        found.setdefault(part.person, []).append(part)
    return [
        RecordedPart(
            ref,
            recording.people[ref].name,
            recording.people[ref].municipality,
            tuple(dict.fromkeys(each.role for each in held)),
            tuple(dict.fromkeys(each.role for each in held if each.position == "holder")),
        )
        for ref, held in found.items()
    ]


def left_in(recording: Recording, casting: Casting, next_input: int, ends_at: datetime | None) -> tuple[int, int, int]:
    """(inputs behind us, all there are until the end, those of them that are the participants' own)"""
    last = _upto(recording.inputs, ends_at)
    return min(next_input, last), last, sum(1 for index in casting.skipped if index < last)


def following(
    recording: Recording, casting: Casting, next_input: int, ends_at: datetime | None
) -> RecordedInput | None:
    """The next input that the recording itself plays, questions aside."""
    for each in recording.inputs[next_input : _upto(recording.inputs, ends_at)]:
        if each.kind == "command" and each.index not in casting.skipped:
            return casting.recording.inputs[each.index]
    return None


def _upto(inputs: Iterable[RecordedInput], ends_at: datetime | None) -> int:
    return sum(1 for each in inputs if ends_at is None or each.at <= ends_at)
