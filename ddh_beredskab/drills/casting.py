"""A recording as one drill for people plays it: participants stand where the recorded people stood.

Rules kept: a participant's ref stands everywhere the recorded person's did, also in what others say and ask; whether a
participant is trained is the register's word, not the recording's; ids, indices and times stay; what a cast person did
from the moment the participants take over is *withheld*: nobody plays it, it is what is expected of the participant
(`drills/scoring` measures it). Everything else is played.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar, cast

from pydantic import BaseModel

from ddh_beredskab.drills.plan import Plan
from ddh_beredskab.drills.recording_model import OffShift, OnShift, RecordedInput, Recording, Seen
from schemas.activation import Directory, Position, StaffCandidate
from schemas.base import Role

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Cast:
    """Who stands for whom, and which (participant, role) the register knows as trained; null: nobody looked."""

    refs: Mapping[str, str]
    trained: frozenset[tuple[str, str]] | None


_MENTION = re.compile(r"@([a-z0-9][a-z0-9._-]*[a-z0-9])")


@dataclass(frozen=True, slots=True)
class Casting:
    """`recording` has every input with the participants in it; of those in `skipped` nothing is played."""

    recording: Recording
    withheld: tuple[RecordedInput, ...]
    skipped: frozenset[int]
    """Indices of inputs nobody plays. An input of several call agents, some of them cast, is played for the others."""


@dataclass(frozen=True, slots=True)
class Part:
    """One role a participant has in the drill, because the person of the recording had it."""

    participant: str
    person: str
    """Of the recording."""
    role: Role
    municipality: str
    position: Position
    order: int = 0


def withheld(recording: Recording, plan: Plan) -> tuple[RecordedInput, ...]:
    """What is expected of the participants: each input with its role (`actor.role`) and recorded time (`at`).

    Actors and payloads name the participants; ids and indices are the recording's. Inputs that were refused in the
    recording are among them (`expect_refused`). Nothing after the drill's end is expected.
    """
    return cast_recording(recording, plan).withheld


def cast_recording(recording: Recording, plan: Plan) -> Casting:
    """The recording with this plan's participants in it."""
    cast_ = _Cast(plan.cast, None if plan.trained is None else frozenset(plan.trained))
    begin = plan.starts_at or recording.starts_at
    players = plan.participants
    inputs: list[RecordedInput] = []
    kept: list[RecordedInput] = []
    skipped: set[int] = set()
    for each in recording.inputs:
        given = _given(each, cast_)
        if each.at < begin:
            inputs.append(given)
            continue
        played, expected = _divided(given, players)
        inputs.append(played or given)
        if played is None:
            skipped.add(each.index)
        if expected is not None and (plan.ends_at is None or each.at <= plan.ends_at):
            kept.append(expected)
    done = replace(
        recording,
        directory=_directory(recording.directory, cast_),
        people={ref: person for ref, person in recording.people.items() if ref not in plan.cast},
        agents={plan.cast.get(agent, agent): home for agent, home in recording.agents.items()},
        inputs=tuple(inputs),
    )
    return Casting(done, tuple(kept), frozenset(skipped))


def parts(recording: Recording, plan: Plan) -> tuple[Part, ...]:
    """The roles each participant has in the drill: those of the directory, and those the person acted in."""
    directory, found = recording.directory, dict[tuple[str, Role, str], Part]()

    def add(person: str, role: Role, municipality: str | None, position: Position = "holder", order: int = 0) -> None:
        if person in plan.cast and role != "system":
            part = Part(plan.cast[person], person, role, municipality or "", position, order)
            found.setdefault((part.participant, part.role, part.municipality), part)

    for order, member in enumerate(directory.steering_group):
        add(member.person, "steering_group", member.municipality, order=order)
    for person in directory.strategic_leadership:
        add(person, "strategic_leadership", _home(recording, person))
    if directory.project_leader:
        add(directory.project_leader, "project_leader", _home(recording, directory.project_leader))
    for each in directory.candidates:
        add(each.person, each.role, each.municipality, each.position, each.order)
    candidates = {(each.person, each.role) for each in directory.candidates}
    for each in recording.inputs:
        if each.kind == "command" and (each.actor.person, each.actor.role) not in candidates:
            add(each.actor.person, each.actor.role, each.actor.municipality or _home(recording, each.actor.person))
    for agent, home in recording.agents.items():
        add(agent, "call_agent", home)
    return tuple(found.values())


def _home(recording: Recording, person: str) -> str:
    known = recording.people.get(person)
    return known.municipality if known else ""


# -- one input ------------------------------------------------------------------------------------


def _given(each: RecordedInput, cast_: _Cast) -> RecordedInput:
    """The input with the participants in it; the very same where none is named."""
    actor = _named(each.actor, cast_)
    payload = _named(each.payload, cast_)
    if actor is each.actor and payload is each.payload:
        return each
    return replace(each, actor=actor, payload=payload)


def _divided(each: RecordedInput, players: frozenset[str]) -> tuple[RecordedInput | None, RecordedInput | None]:
    """(what the recording plays, what is left to the participants)"""
    match each.payload:
        case OnShift() | OffShift() | Seen() as several:
            theirs = tuple(agent for agent in several.agents if agent in players)
            if not theirs:
                return each, None
            others = tuple(agent for agent in several.agents if agent not in players)
            played = replace(each, payload=several.model_copy(update={"agents": others})) if others else None
            return played, replace(each, payload=several.model_copy(update={"agents": theirs}))
        case _:
            return (None, each) if each.actor.person in players else (each, None)


def _directory(directory: Directory, cast_: _Cast) -> Directory:
    """Somebody who plays two parts stands once in a list; participants are as trained as the register says."""
    given = _named(directory, cast_)
    if given is directory and cast_.trained is None:
        return directory
    return given.model_copy(
        update={
            "steering_group": _once((each.person, each) for each in given.steering_group),
            "candidates": _once(((each.person, each.role), _known(each, cast_)) for each in given.candidates),
            "strategic_leadership": tuple(dict.fromkeys(given.strategic_leadership)),
        }
    )


def _known(each: StaffCandidate, cast_: _Cast) -> StaffCandidate:
    """A participant is as trained as the register says."""
    if cast_.trained is None or each.person not in cast_.refs.values():
        return each
    return each.model_copy(update={"trained": (each.person, each.role) in cast_.trained})


def _once(keyed: Iterable[tuple[object, T]]) -> tuple[T, ...]:
    first: dict[object, T] = {}
    for key, each in keyed:
        first.setdefault(key, each)
    return tuple(first.values())


def _named(value: T, cast_: _Cast) -> T:
    """A value with every cast person's ref replaced, as a whole string or as @mention; itself when there is none."""
    return cast("T", _replaced(value, cast_))


def _replaced(value: object, cast_: _Cast) -> object:
    if isinstance(value, str):
        if "@" in value:
            return _MENTION.sub(lambda found: f"@{cast_.refs.get(found[1], found[1])}", value)
        return cast_.refs.get(value, value)
    if isinstance(value, BaseModel):
        changed: dict[str, object] = {}
        for name in type(value).model_fields:
            old = getattr(value, name)
            new = _directory(old, cast_) if isinstance(old, Directory) else _replaced(old, cast_)
            if new is not old and new != old:
                changed[name] = new
        return value.model_copy(update=changed) if changed else value
    if isinstance(value, tuple):
        old_items = cast("tuple[object, ...]", value)
        items = tuple(_replaced(each, cast_) for each in old_items)
        return items if items != old_items else old_items
    if isinstance(value, Mapping):
        old_map = cast("Mapping[object, object]", value)
        new_map = {key: _replaced(each, cast_) for key, each in old_map.items()}
        return new_map if new_map != old_map else old_map
    return value
