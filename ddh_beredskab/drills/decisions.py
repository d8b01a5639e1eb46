"""What was decided in a replay, as it can be kept beside a recording and compared with what is decided now.

Rule kept: the same decision at the same time is the same, whatever its ids; the logbook is no decision, but its
sentence tells people what one was.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, cast

from ddh_beredskab.drills.core_replay import Replay
from ddh_beredskab.drills.digest import counts_as_decision
from ddh_beredskab.drills.recording_model import Recording
from ddh_beredskab.drills.rules_told import Told
from ddh_beredskab.errors import UserError
from schemas.logbook import LogEntryRecorded

FILE = "decisions.ndjson"
_FORMAT = 1
_IDS = ("deadline_id",)


@dataclass(frozen=True, slots=True)
class Decision:
    """One event of a deciding concern."""

    at: str
    """UTC, ISO 8601."""
    crisis: int
    """1, 2, ...; 0 for what belongs to no crisis (a person's own stream)."""
    concern: str
    type: str
    data: dict[str, Any]
    told: str = ""
    """The log's sentence about it; most deadlines have none."""

    @property
    def key(self) -> str:
        """What makes it the same decision."""
        return json.dumps([self.type, self.at, self.data], ensure_ascii=False, sort_keys=True)

    @property
    def instant(self) -> datetime:
        return datetime.fromisoformat(self.at)


@dataclass(frozen=True, slots=True)
class Difference:
    """A decision that is not what it was: null on the side where there is none."""

    then: Decision | None
    now: Decision | None

    @property
    def at(self) -> str:
        """When the first of the two was decided."""
        return min(each.at for each in (self.then, self.now) if each is not None)

    @property
    def type(self) -> str:
        """What kind of decision it is about."""
        return next(each.type for each in (self.now, self.then) if each is not None)

    @property
    def told(self) -> bool:
        """Whether the log has a sentence about either."""
        return any(each is not None and each.told for each in (self.then, self.now))

    def fields(self) -> list[tuple[str, Any, Any]]:
        """(field, then, now) where both decided the same kind of thing."""
        if self.then is None or self.now is None:
            return []
        then, now = {"at": self.then.at, **self.then.data}, {"at": self.now.at, **self.now.data}
        return [(key, then.get(key), now.get(key)) for key in then | now if then.get(key) != now.get(key)]


@dataclass(frozen=True, slots=True)
class Kept:
    """What stands in the file: the decisions, by which rules, from which recording."""

    recording_sha256: str
    rules: Told
    decisions: tuple[Decision, ...]


def decisions_of(replay: Replay) -> tuple[Decision, ...]:
    """The decisions of a replay in the order they were made."""
    recording = replay.recording
    crises = {recording.crisis_id(number): number for number in range(1, recording.crises + 1)}
    told = {each.cause: each.event.text for each in replay.kept if isinstance(each.event, LogEntryRecorded)}
    return tuple(
        Decision(
            at=each.recorded.time.isoformat().replace("+00:00", "Z"),
            crisis=crises.get(each.stream.partition("-")[2], 0),
            concern=each.stream.partition("-")[0],
            type=each.event.short_name(),
            data=_without_ids(each.event.model_dump(mode="json", by_alias=True), crises),
            told=_named(told.get(each.recorded.id, ""), crises),
        )
        for each in replay.kept
        if counts_as_decision(each.stream)
    )


def compare(then: Sequence[Decision], now: Sequence[Decision]) -> list[Difference]:
    """What differs, in the order of time; each crisis and concern is compared for itself."""
    found: list[Difference] = []
    for crisis, concern in sorted({(each.crisis, each.concern) for each in (*then, *now)}):
        ours = [each for each in then if (each.crisis, each.concern) == (crisis, concern)]
        theirs = [each for each in now if (each.crisis, each.concern) == (crisis, concern)]
        matcher = SequenceMatcher(None, [each.key for each in ours], [each.key for each in theirs], autojunk=False)
        for kind, a, b, c, d in matcher.get_opcodes():
            if kind != "equal":
                found += _paired(ours[a:b], theirs[c:d])
    return sorted(found, key=lambda each: each.at)


def _paired(ours: Sequence[Decision], theirs: Sequence[Decision]) -> list[Difference]:
    """One of a kind then and one of that kind now belong together."""
    left, found = list(theirs), list[Difference]()
    for each in ours:
        other = next((mate for mate in left if mate.type == each.type), None)
        if other is not None:
            left.remove(other)
        found.append(Difference(each, other))
    return [*found, *(Difference(None, each) for each in left)]


# -- the file -------------------------------------------------------------------------------------


def keep(recording: Recording, decisions: Iterable[Decision], rules: Told) -> Path:
    """Write what was decided beside the recording."""
    head = {"format": _FORMAT, "recording_sha256": recording.sha256, "rules": rules}
    lines = [head, *(_row(each) for each in decisions)]
    path = recording.folder / FILE
    path.write_text("".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines), encoding="utf-8")
    return path


def kept(recording: Recording) -> Kept:
    """What was decided then.

    Raises `UserError` (decisions_missing, decisions_unreadable, decisions_of_another).
    """
    path = recording.folder / FILE
    place = f"{recording.folder.name}/{FILE}"
    try:
        head, *rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        found = Kept(head["recording_sha256"], head["rules"], tuple(Decision(**row) for row in rows))
    except FileNotFoundError:
        raise UserError("decisions_missing", place=place, name=recording.name) from None
    except (ValueError, TypeError, KeyError) as error:
        raise UserError("decisions_unreadable", place=place, name=recording.name) from error
    if found.recording_sha256 != recording.sha256:
        raise UserError("decisions_of_another", place=place, name=recording.name)
    return found


def _row(each: Decision) -> dict[str, Any]:
    row = {"at": each.at, "crisis": each.crisis, "concern": each.concern, "type": each.type, "data": each.data}
    return row | ({"told": each.told} if each.told else {})


def _without_ids(data: dict[str, Any], crises: dict[str, int]) -> dict[str, Any]:
    return {key: _plain(value, crises) for key, value in data.items() if key not in _IDS}


def _plain(value: Any, crises: dict[str, int]) -> Any:
    if isinstance(value, str):
        return f"$crisis{crises[value]}" if value in crises else value
    if isinstance(value, dict):
        return {key: _plain(each, crises) for key, each in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_plain(each, crises) for each in cast("list[Any]", value)]
    return value


def _named(text: str, crises: dict[str, int]) -> str:
    for crisis, number in crises.items():
        text = text.replace(crisis, f"$crisis{number}")
    return text
