"""What people did in a recording: `inputs`, one by one in the order they stand.

Rule kept: time goes forward, each input has a source or says that it was chosen, and nobody is on shift twice.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

from ddh_beredskab.drills.mistakes import meant, sentence
from ddh_beredskab.drills.recording_file import Place, RecordingFile
from ddh_beredskab.drills.recording_model import InputKind, OffShift, OnShift, RecordedInput, Seen, crisis_id
from ddh_beredskab.drills.recording_people import People
from schemas.activation import ReportIncident
from schemas.base import Actor, Command
from schemas.catalog import commands
from schemas.feedback import NoteUrgentTransfers

COMMANDS: Mapping[str, type[Command]] = {
    each.short_name(): each for each in commands() if each is not NoteUrgentTransfers
}
"""What people can ask for, by short name; the feedback counter's own command is no input."""

_INPUT = {"at", "crisis", "who", "do", "with", "source", "chosen", "note", "expect"}
_EXPECT = re.compile(r"^refused:([a-z0-9_]+)$")
_RANGE = re.compile(r"^([a-z-]+)(\d+)\.\.\1(\d+)$")
_SHIFTS = ("on_shift", "off_shift", "seen")


@dataclass
class InputReader:
    """Reads the inputs of one file; goes on after a mistake."""

    file: RecordingFile
    people: People
    sources: Collection[str]
    references: Mapping[str, Any]
    on_shift: list[str] = field(default_factory=list[str])

    def read(self, data: dict[str, Any], name: str, digest: str) -> list[RecordedInput]:
        """The inputs, not numbered yet."""
        found: list[RecordedInput] = []
        previous: datetime | None = None
        told = ""
        raw_inputs = self.file.items(data, "inputs")
        if not raw_inputs:
            self.file.wrong(("inputs",), "no_inputs")
        for number, raw in enumerate(raw_inputs):
            place: Place = ("inputs", number)
            if (entry := self.file.mapping(raw, place)) is None:
                continue
            self.file.keys(entry, _INPUT, place, required=("at", "do"))
            at = self._at(entry, place)
            if at is not None and previous is not None and at < previous:
                self.file.wrong((*place, "at"), "out_of_order", at=entry["at"], previous=told)
            if at is not None:
                previous, told = at, str(entry["at"])
            source, expect = self._source(entry, place), self._expect(entry, place)
            kind, actor, payload = self._do(entry, place)
            if at is None or payload is None or actor is None:
                continue
            crisis = self._crisis(entry, place)
            found.append(
                RecordedInput(
                    index=-1,
                    id=UUID(int=0),
                    at=at,
                    crisis=crisis,
                    crisis_id=crisis_id(name, digest, crisis),
                    kind=kind,
                    actor=actor,
                    payload=payload,
                    expect_refused=expect,
                    source=source,
                    chosen=entry.get("chosen") is True,
                    note=str(entry.get("note") or ""),
                    place=f"{self.file.name}:{self.file.line(place)}",
                )
            )
        self._check_story(found)
        return found

    def _at(self, entry: dict[str, Any], place: Place) -> datetime | None:
        if "at" not in entry:
            return None
        try:
            value = datetime.fromisoformat(str(entry["at"]))
        except ValueError:
            value = None
        if value is None or value.tzinfo is None:
            self.file.wrong_value((*place, "at"), "at", entry["at"], sentence("hint_time"))
            return None
        return value.astimezone(UTC)

    def _crisis(self, entry: dict[str, Any], place: Place) -> int:
        crisis = entry.get("crisis", 1)
        if isinstance(crisis, int) and not isinstance(crisis, bool) and crisis >= 1:
            return crisis
        self.file.wrong_value((*place, "crisis"), "crisis", crisis, sentence("hint_number"))
        return 1

    def _source(self, entry: dict[str, Any], place: Place) -> str | None:
        source = entry.get("source")
        if source is None and entry.get("chosen") is not True:
            self.file.wrong(place, "source_or_chosen")
        if source is not None and source not in self.sources:
            self.file.wrong((*place, "source"), "unknown_source", id=source, meant=meant(str(source), self.sources))
        return str(source) if source is not None else None

    def _expect(self, entry: dict[str, Any], place: Place) -> str | None:
        if "expect" not in entry:
            return None
        match = _EXPECT.match(str(entry["expect"]))
        if match is None:
            self.file.wrong((*place, "expect"), "expect")
            return None
        return match[1]

    def _do(
        self, entry: dict[str, Any], place: Place
    ) -> tuple[InputKind, Actor | None, Command | OnShift | OffShift | Seen | None]:
        do, raw_data = str(entry.get("do", "")), entry.get("with")
        with_place = (*place, "with")
        payload = self.file.mapping({} if raw_data is None else raw_data, with_place)
        if do in _SHIFTS:
            actor = Actor(person="vagtplanen", role="system")
            found = None if payload is None else self._shift(do, payload, with_place, entry.get("at"))
            return cast(InputKind, do), actor, found
        actor, cls = self.people.who(entry, place), COMMANDS.get(do)
        if cls is None:
            if do:
                self.file.wrong((*place, "do"), "unknown_command", name=do, meant=meant(do, (*COMMANDS, *_SHIFTS)))
            return "command", actor, None
        if payload is None:
            return "command", actor, None
        return "command", actor, self.file.model(cls, self._resolved(payload, with_place), with_place)

    def _resolved(self, payload: dict[str, Any], place: Place) -> dict[str, Any]:
        resolved = dict(payload)
        for key, value in payload.items():
            if isinstance(value, str) and value.startswith("$"):
                if value not in self.references:
                    self.file.wrong((*place, key), "unknown_reference", name=value)
                resolved[key] = self.references.get(value)
        return resolved

    def _check_story(self, inputs: Sequence[RecordedInput]) -> None:
        """Crises come in the order of their numbers, and each begins with its report."""
        begun: set[int] = set()
        for each in inputs:
            if each.crisis in begun or each.kind != "command":
                continue
            line = int(each.place.rsplit(":", 1)[1])
            if each.crisis != len(begun) + 1:
                self.file.mistakes.add(line, "crisis_number")
            if not isinstance(each.payload, ReportIncident):
                self.file.mistakes.add(line, "first_not_report", crisis=each.crisis)
            begun.add(each.crisis)

    # -- call agents ------------------------------------------------------------------------------

    def _shift(self, do: str, data: dict[str, Any], place: Place, at: Any) -> OnShift | OffShift | Seen | None:
        names = self._agent_list(data.get("agents"), place)
        if do == "seen" and isinstance(count := data.get("count"), int):
            if count > len(self.on_shift):
                self.file.wrong(place, "too_few_on_shift", on_shift=len(self.on_shift), at=at, count=count)
            names = self.on_shift[:count]
        data = {**data, "agents": names}
        data.pop("count", None)
        for name in names:
            if do == "on_shift" and name in self.on_shift:
                self.file.wrong(place, "already_on_shift", agent=name, at=at)
            if do != "on_shift" and name not in self.on_shift:
                self.file.wrong(place, "not_on_shift", agent=name, at=at)
        match do:
            case "on_shift":
                self.on_shift.extend(name for name in names if name not in self.on_shift)
                return self.file.model(OnShift, data, place)
            case "off_shift":
                self.on_shift[:] = [name for name in self.on_shift if name not in names]
                return self.file.model(OffShift, data, place)
            case _:
                return self.file.model(Seen, data, place)

    def _agent_list(self, value: Any, place: Place) -> list[str]:
        """`all` is everybody on shift; `agent-001..agent-040` is a stretch."""
        if value == "all":
            return list(self.on_shift)
        names: list[str] = []
        for each in cast("list[Any]", value) if isinstance(value, list) else [value] if value is not None else []:
            stretch = _RANGE.match(str(each))
            if stretch is None:
                names.append(str(each))
                continue
            width = len(stretch[2])
            numbers = range(int(stretch[2]), int(stretch[3]) + 1)
            names.extend(f"{stretch[1]}{number:0{width}d}" for number in numbers)
        for name in names:
            if name not in self.people.agents:
                refs = list(self.people.agents) or ["-"]
                self.file.wrong(place, "unknown_agent", agent=name, first=refs[0], last=refs[-1])
        return names
