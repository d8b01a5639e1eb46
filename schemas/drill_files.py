"""The files a drill is made of, as types: `recording.yaml` and `injects.yaml`, for whoever writes one elsewhere.

Rule kept: these are written by people, so an unknown field is a mistake; what a type cannot say (time goes forward,
everybody is introduced first) `drills/recording` checks when it reads the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, cast

from pydantic import AliasChoices, ConfigDict, Field

from schemas.activation import Authority, CrisisKind, Directory
from schemas.base import Actor, Instant, Model, Ref, Role
from schemas.catalog import commands
from schemas.drill_summary import Phase
from schemas.feedback import NoteUrgentTransfers
from schemas.json_schemas import DIALECT, PlainSchema, Schema

InjectChannel = Literal["phone", "mail", "press", "social_media", "in_person", "it_system"]
"""How an inject reaches those it is for, as it is told to them."""


# -- recording.yaml --------------------------------------------------------------------------------


class Source(Model):
    """Where a borrowed fact can be read."""

    id: Ref
    url: str = ""
    what: str


class RecordedPerson(Model):
    """A fictional person of the recording."""

    ref: Ref
    name: str
    municipality: str


class RecordedMunicipality(Model):
    """A fictional municipality, and how many of the recording's call agents are employed there."""

    code: Ref
    name: str
    agents: int = 0
    affected: bool = False


class Input(Model):
    """One thing that somebody did."""

    model_config = ConfigDict(populate_by_name=True)

    at: Instant
    crisis: Annotated[int, Field(ge=1)] = 1
    who: str | Actor | None = None
    """A name from `actors`; not for what is done with call agents."""
    do: str
    with_: Annotated[Mapping[str, Any], Field(validation_alias=AliasChoices("with"), serialization_alias="with")] = {}
    source: str | None = None
    chosen: bool = False
    note: str = ""
    expect: Annotated[str, Field(pattern=r"^refused:[a-z0-9_]+$")] | None = None


class RecordingFile(Model):
    """The whole of `recording.yaml`."""

    format: Literal[1]
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,54}$")]
    title: str
    kind: CrisisKind
    about: str = ""
    ends: tuple[Phase, ...] = ()
    sources: tuple[Source, ...]
    authority: Authority
    municipalities: tuple[RecordedMunicipality, ...]
    people: tuple[RecordedPerson, ...]
    directory: Directory
    actors: Mapping[str, Actor] = {}
    inputs: Annotated[tuple[Input, ...], Field(min_length=1)]


# -- injects.yaml ----------------------------------------------------------------------------------


class Expected(Model):
    """What is expected of those an inject (or the recording) reaches."""

    text: str
    """In words: "Guiden siger, hvor man kan få vand"."""
    owner: Role
    within_minutes: Annotated[int, Field(ge=1, le=24 * 60)]
    """Drill minutes from the inject."""
    done_by: tuple[str, ...] = ()
    """Short names of events (`guide_released`), any of which by the owner counts as done; empty: an evaluator says."""


class After(Model):
    """When a conditional inject comes: so many drill minutes after something has happened for the `nth` time."""

    event: str
    """Short name of an event, e.g. `first_message_released`."""
    nth: Annotated[int, Field(ge=1)] = 1
    minutes: Annotated[int, Field(ge=0, le=24 * 60)] = 0


class Questions(Model):
    """Citizens' questions that come with an inject."""

    topic: Ref
    count: Annotated[int, Field(ge=1, le=2_000)]
    text: str = ""
    over_minutes: Annotated[int, Field(ge=0, le=120)] = 0


class Inject(Model):
    """Something that reaches the participants: at a time, after an event, or when the drill leader says so.

    Exactly one of `at` and `after`, or neither: then it waits for the drill leader.
    """

    key: Ref
    title: str
    text: str
    """What those it is for are told, as it would reach them."""
    sender: str = ""
    """Who it comes from; fictional."""
    channel: InjectChannel = "phone"
    crisis: Annotated[int, Field(ge=1)] = 1
    """Which of the recording's crises it is about: its event, its questions and what is expected are looked for there.
    """
    to: tuple[Role, ...]
    at: Instant | None = None
    after: After | None = None
    expect: Expected | None = None
    notes: str = ""
    """For the evaluators alone."""
    questions: Questions | None = None


class InjectFile(Model):
    """The whole of `injects.yaml` beside a recording."""

    format: Literal[1]
    date: str
    source: str
    responsible: str
    injects: Annotated[tuple[Inject, ...], Field(min_length=1)]


# -- published -------------------------------------------------------------------------------------

_SHIFTS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "on_shift": (("agents", "municipality"), ("agents",)),
    "off_shift": (("agents",), ("agents",)),
    "seen": (("version", "agents", "count"), ("version",)),
}
"""What is done with call agents: the fields of `with`, and those that must be there."""


def recording_schema() -> Schema:
    """The JSON Schema of `recording.yaml`, with what every command takes in `with`."""
    made = _schema(RecordingFile, "recording")
    known = {name: _fields(cls) for name, cls in sorted(_commands().items())} | dict(_SHIFTS)
    each = cast("Schema", made["$defs"]["Input"])
    cast("Schema", each["properties"])["do"] = {"type": "string", "enum": sorted(known)}
    each["allOf"] = [_taken(name, fields, needed) for name, (fields, needed) in known.items()]
    return made


def inject_schema() -> Schema:
    """The JSON Schema of `injects.yaml`: an inject comes at a time or after an event, never both."""
    made = _schema(InjectFile, "injects")
    made["$defs"]["Inject"]["not"] = {"required": ["at", "after"]}
    return made


def _schema(model: type[Model], name: str) -> Schema:
    """Closed, unlike the messages: a field nobody knows is a slip of the pen in a file that people write."""
    made = model.model_json_schema(by_alias=True, schema_generator=PlainSchema)
    return {"$schema": DIALECT, "$id": f"urn:dk.ddh.beredskab:{name}.v1", **made}


def _commands() -> dict[str, type[Model]]:
    return {each.short_name(): each for each in commands() if each is not NoteUrgentTransfers}


def _fields(cls: type[Model]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    named = {
        field.validation_alias if isinstance(field.validation_alias, str) else name: field.is_required()
        for name, field in cls.model_fields.items()
    }
    return tuple(named), tuple(name for name, needed in named.items() if needed)


def _taken(name: str, fields: tuple[str, ...], needed: tuple[str, ...]) -> Schema:
    """If that is done, `with` holds these fields and no other."""
    with_: Schema = {"propertyNames": {"enum": sorted(fields)}}
    if needed:
        with_["required"] = sorted(needed)
    then: Schema = {"properties": {"with": with_}}
    if needed:
        then["required"] = ["with"]
    return {"if": {"properties": {"do": {"const": name}}}, "then": then}
