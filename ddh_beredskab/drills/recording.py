"""Reading a recording: `recording.yaml` and `questions.csv` become one list of inputs in the order they came.

Rule: nothing is played from a recording with a mistake in it; every mistake is gathered, with its file and
line. The format is described in `playbooks/drills/README.md`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar, cast
from uuid import UUID

from pydantic import BaseModel, ValidationError

from ddh_beredskab.core.playbook import KINDS
from ddh_beredskab.drills.lined_yaml import KeyTwice, Lined, NotYaml, read_lined
from ddh_beredskab.drills.mistakes import BrokenRecording, Mistake, Mistakes, UnknownDrill, meant, sentence
from ddh_beredskab.drills.questions import QuestionRow, item_of, read_questions
from ddh_beredskab.drills.recording_model import (
    InputKind,
    Municipality,
    OffShift,
    OnShift,
    Person,
    RecordedInput,
    Recording,
    Seen,
    Source,
    crisis_id,
    input_id,
    item_id,
)
from schemas.activation import Authority, Directory, ReportIncident
from schemas.base import Actor, Command
from schemas.canonical import canonical
from schemas.catalog import commands
from schemas.feedback import NoteUrgentTransfers

__all__ = [
    "BrokenRecording",
    "InputKind",
    "Mistake",
    "OffShift",
    "OnShift",
    "RecordedInput",
    "Recording",
    "Seen",
    "UnknownDrill",
    "known_recordings",
    "load_recording",
]

FILE, QUESTIONS = "recording.yaml", "questions.csv"
_REQUIRED = {"format", "name", "title", "kind", "sources", "authority", "municipalities", "people"} | {
    "directory",
    "inputs",
}
_HEAD = _REQUIRED | {"about", "actors"}
_INPUT = {"at", "crisis", "who", "do", "with", "source", "chosen", "note", "expect"}
_NAME = re.compile(r"^[a-z0-9][a-z0-9-]{0,54}$")
_EXPECT = re.compile(r"^refused:([a-z0-9_]+)$")
_RANGE = re.compile(r"^([a-z-]+)(\d+)\.\.\1(\d+)$")

COMMANDS: Mapping[str, type[Command]] = {
    each.short_name(): each for each in commands() if each is not NoteUrgentTransfers
}
"""What people can ask for, by short name; the feedback counter's own command is no input."""

T = TypeVar("T", bound=BaseModel)
_Path = tuple[str | int, ...]


def known_recordings(search: Sequence[Path]) -> dict[str, Path]:
    """Name -> folder of every recording in the search folders; the first folder wins."""
    found: dict[str, Path] = {}
    for place in search:
        for each in sorted(place.glob(f"*/{FILE}")):
            found.setdefault(each.parent.name, each.parent)
    return found


def load_recording(
    where: str | Path, search: Sequence[Path] = (), *, topics: Collection[str] | None = None
) -> Recording:
    """The recording in a folder, or of that name in the search folders.

    `topics`, when given, are the topic keys of the kind's playbook.
    Raises `UnknownDrill` or `BrokenRecording`.
    """
    folder = _folder(where, search)
    main = Mistakes(f"{folder.name}/{FILE}")
    questions = Mistakes(f"{folder.name}/{QUESTIONS}")
    recording = _Reader(folder, main, questions, topics).read()
    if main or questions or recording is None:
        raise BrokenRecording([*main, *questions])
    return recording


def _folder(where: str | Path, search: Sequence[Path]) -> Path:
    path = Path(where)
    if path.is_file() and path.name == FILE:
        return path.parent
    if (path / FILE).is_file():
        return path.resolve()
    known = known_recordings(search)
    if str(where) in known:
        return known[str(where)]
    if path.is_dir():
        raise BrokenRecording([Mistake(f"{path.name}/{FILE}", 1, sentence("file_missing", file=FILE))])
    raise UnknownDrill(str(where), known)


@dataclass
class _Reader:
    """Reads one folder; goes on after a mistake as long as it makes sense."""

    folder: Path
    main: Mistakes
    questions: Mistakes
    topics: Collection[str] | None
    lined: Lined = field(default_factory=lambda: Lined(None, {}))
    people: dict[str, Person] = field(default_factory=dict[str, Person])
    municipalities: tuple[Municipality, ...] = ()
    agents: dict[str, str] = field(default_factory=dict[str, str])
    sources: tuple[Source, ...] = ()
    references: dict[str, Any] = field(default_factory=dict[str, Any])
    actors: dict[str, Actor] = field(default_factory=dict[str, Actor])

    def read(self) -> Recording | None:
        if (data := self._yaml()) is None:
            return None
        self._keys(data, _HEAD, (), required=_REQUIRED)
        if data.get("format") != 1:
            self.main.add(self.lined.line(("format",)), "format")
            return None
        self._check_head(data)
        self.sources = self._models(data, "sources", Source)
        self.municipalities = self._models(data, "municipalities", Municipality)
        self.people = {each.ref: each for each in self._models(data, "people", Person)}
        self.agents = _agents(self.municipalities)
        authority = self._model(Authority, data.get("authority"), ("authority",))
        directory = self._model(Directory, data.get("directory"), ("directory",))
        self._check_people(data, authority, directory)
        self._read_actors(data)
        self.references = {"$authority": data.get("authority"), "$directory": data.get("directory")}
        text = self._text(self.folder / QUESTIONS, self.questions)
        rows = self._rows(text, str(data.get("kind")))
        digest = sha256(canonical({"recording": data, "questions": _canonical(rows)})).hexdigest()
        name = str(data.get("name"))
        unnumbered = self._inputs(data, name, digest)
        self._check_story(unnumbered)
        merged = self._merged(unnumbered, rows, name, digest)
        if authority is None or directory is None or self.main or self.questions:
            return None
        return Recording(
            name=name,
            title=str(data["title"]),
            kind=data["kind"],
            about=str(data.get("about") or ""),
            sources=self.sources,
            authority=authority,
            directory=directory,
            municipalities=self.municipalities,
            people=self.people,
            agents=self.agents,
            inputs=merged,
            sha256=digest,
            folder=self.folder,
        )

    # -- the file -----------------------------------------------------------------------------

    def _text(self, path: Path, mistakes: Mistakes) -> str:
        try:
            return path.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            mistakes.add(1, "file_missing", file=path.name)
        except UnicodeDecodeError:
            mistakes.add(1, "not_text")
        return ""

    def _yaml(self) -> dict[str, Any] | None:
        text = self._text(self.folder / FILE, self.main)
        if self.main:
            return None
        try:
            self.lined = read_lined(text)
        except KeyTwice as error:
            self.main.add(error.line, "key_twice", key=error.problem)
            return None
        except NotYaml as error:
            self.main.add(error.line, "not_yaml", problem=error.problem)
            return None
        if self.lined.data is None:
            self.main.add(1, "empty")
            return None
        return self._mapping(self.lined.data, ())

    def _mapping(self, value: Any, path: _Path) -> dict[str, Any] | None:
        if isinstance(value, dict):
            return cast("dict[str, Any]", value)
        self.main.add(self.lined.line(path), "not_a_mapping")
        return None

    def _list(self, data: dict[str, Any], key: str) -> list[Any]:
        value = data.get(key)
        if isinstance(value, list):
            return cast("list[Any]", value)
        if value is not None:
            self.main.add(self.lined.line((key,)), "not_a_list")
        return []

    def _keys(self, data: dict[str, Any], known: set[str], path: _Path, required: Collection[str]) -> None:
        for key in data:
            if key not in known:
                near = meant(key, known)
                self.main.add(self.lined.line((*path, key)), "unknown_key", key=key, meant=near)
        for key in sorted(set(required) - set(data)):
            self.main.add(self.lined.line(path), "missing", key=key)

    def _models(self, data: dict[str, Any], key: str, cls: type[T]) -> tuple[T, ...]:
        found = (self._model(cls, value, (key, at)) for at, value in enumerate(self._list(data, key)))
        return tuple(each for each in found if each is not None)

    def _model(self, cls: type[T], value: Any, path: _Path) -> T | None:
        if value is None:
            return None
        if self._mapping(value, path) is None:
            return None
        try:
            return cls.model_validate(value)
        except ValidationError as error:
            for each in error.errors():
                self._wrong(cls, cast("dict[str, Any]", each), path)
            return None

    def _wrong(self, cls: type[BaseModel], error: dict[str, Any], path: _Path) -> None:
        loc = tuple(cast("Sequence[str | int]", error["loc"]))
        line = self.lined.line((*path, *loc))
        key = ".".join(map(str, loc)) or cls.__name__
        match error["type"]:
            case "missing":
                self.main.add(line, "missing", key=key)
            case "extra_forbidden":
                known = [each.alias or name for name, each in cls.model_fields.items()]
                self.main.add(line, "unknown_key", key=key, meant=meant(str(loc[-1]), known))
            case _:
                value = _short(error["input"])
                self.main.add(line, "wrong_value", key=key, value=value, hint=_hint(error))

    def _check_head(self, data: dict[str, Any]) -> None:
        if "name" in data and not (isinstance(data["name"], str) and _NAME.match(data["name"])):
            facts = {"key": "name", "value": _short(data["name"]), "hint": sentence("hint_pattern")}
            self.main.add(self.lined.line(("name",)), "wrong_value", **facts)
        if "kind" in data and data["kind"] not in KINDS:
            hint = sentence("hint_choice", choices=", ".join(KINDS))
            facts = {"key": "kind", "value": _short(data["kind"]), "hint": hint}
            self.main.add(self.lined.line(("kind",)), "wrong_value", **facts)

    # -- who --------------------------------------------------------------------------------------

    def _check_people(self, data: dict[str, Any], authority: Authority | None, directory: Directory | None) -> None:
        codes = [each.code for each in self.municipalities]
        for at, person in enumerate(self._list(data, "people")):
            code = cast("dict[str, Any]", person).get("municipality") if isinstance(person, dict) else None
            if isinstance(code, str) and code not in codes:
                line = self.lined.line(("people", at, "municipality"))
                self.main.add(line, "unknown_municipality", code=code, meant=meant(code, codes))
        if authority is not None and not (authority.fictional and authority.code.startswith("9")):
            self.main.add(self.lined.line(("authority",)), "not_fictional")
        if directory is None:
            return
        for part in ("steering_group", "candidates"):
            for at, each in enumerate(getattr(directory, part)):
                self._person(each.person, ("directory", part, at, "person"))
        for at, ref in enumerate(directory.strategic_leadership):
            self._person(ref, ("directory", "strategic_leadership", at))
        if directory.project_leader is not None:
            self._person(directory.project_leader, ("directory", "project_leader"))

    def _person(self, ref: str, path: _Path) -> None:
        if ref not in self.people:
            near = meant(ref, self.people)
            self.main.add(self.lined.line(path), "unknown_person", ref=ref, meant=near)

    def _read_actors(self, data: dict[str, Any]) -> None:
        """Short names for who acts in which role; `who: asta` then means that whole actor."""
        actors = data.get("actors")
        if actors is None or (named := self._mapping(actors, ("actors",))) is None:
            return
        for name, value in named.items():
            if (actor := self._actor(value, ("actors", name))) is not None:
                self.actors[name] = actor

    def _actor(self, value: Any, path: _Path) -> Actor | None:
        actor = self._model(Actor, value, path)
        if actor is None:
            return None
        self._person(actor.person, (*path, "person"))
        if actor.on_behalf_of is not None:
            self._person(actor.on_behalf_of, (*path, "on_behalf_of"))
        person = self.people.get(actor.person)
        if actor.municipality is None and person is not None:
            return actor.model_copy(update={"municipality": person.municipality})
        return actor

    # -- inputs -----------------------------------------------------------------------------------

    def _inputs(self, data: dict[str, Any], name: str, digest: str) -> list[RecordedInput]:
        found: list[RecordedInput] = []
        previous: datetime | None = None
        told = ""
        on_shift: list[str] = []
        raw_inputs = self._list(data, "inputs")
        if not raw_inputs:
            self.main.add(self.lined.line(("inputs",)), "no_inputs")
        for number, raw in enumerate(raw_inputs):
            path: _Path = ("inputs", number)
            if (entry := self._mapping(raw, path)) is None:
                continue
            self._keys(entry, _INPUT, path, required=("at", "do"))
            at = self._at(entry, path)
            if at is not None and previous is not None and at < previous:
                facts = {"at": entry["at"], "previous": told}
                self.main.add(self.lined.line((*path, "at")), "out_of_order", **facts)
            if at is not None:
                previous, told = at, str(entry["at"])
            source = self._source(entry, path)
            expect = self._expect(entry, path)
            kind, actor, payload = self._do(entry, path, on_shift)
            if at is None or payload is None or actor is None:
                continue
            crisis = cast(int, entry.get("crisis", 1))
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
                    place=f"{self.main.file}:{self.lined.line(path)}",
                )
            )
        return found

    def _at(self, entry: dict[str, Any], path: _Path) -> datetime | None:
        if "at" not in entry:
            return None
        try:
            value = datetime.fromisoformat(str(entry["at"]))
        except ValueError:
            value = None
        if value is None or value.tzinfo is None:
            facts = {"key": "at", "value": _short(entry["at"]), "hint": sentence("hint_time")}
            self.main.add(self.lined.line((*path, "at")), "wrong_value", **facts)
            return None
        return value.astimezone(UTC)

    def _source(self, entry: dict[str, Any], path: _Path) -> str | None:
        source, known = entry.get("source"), [each.id for each in self.sources]
        if source is None and entry.get("chosen") is not True:
            self.main.add(self.lined.line(path), "source_or_chosen")
        if source is not None and source not in known:
            line = self.lined.line((*path, "source"))
            self.main.add(line, "unknown_source", id=source, meant=meant(str(source), known))
        return str(source) if source is not None else None

    def _expect(self, entry: dict[str, Any], path: _Path) -> str | None:
        if "expect" not in entry:
            return None
        match = _EXPECT.match(str(entry["expect"]))
        if match is None:
            self.main.add(self.lined.line((*path, "expect")), "expect")
            return None
        return match[1]

    def _do(
        self, entry: dict[str, Any], path: _Path, on_shift: list[str]
    ) -> tuple[InputKind, Actor | None, Command | OnShift | OffShift | Seen | None]:
        do = str(entry.get("do", ""))
        line = self.lined.line((*path, "do"))
        raw_data: Any = entry.get("with")
        with_path = (*path, "with")
        payload = self._mapping({} if raw_data is None else raw_data, with_path)
        if do in ("on_shift", "off_shift", "seen"):
            actor = Actor(person="vagtplanen", role="system")
            kind = cast(InputKind, do)
            found = None if payload is None else self._shift(do, payload, with_path, on_shift, entry.get("at"))
            return kind, actor, found
        actor = self._who(entry, path)
        cls = COMMANDS.get(do)
        if cls is None:
            if do:
                known = (*COMMANDS, "on_shift", "off_shift", "seen")
                self.main.add(line, "unknown_command", name=do, meant=meant(do, known))
            return "command", actor, None
        if payload is None:
            return "command", actor, None
        return "command", actor, self._model(cls, self._resolved(payload, with_path), with_path)

    def _who(self, entry: dict[str, Any], path: _Path) -> Actor | None:
        who = entry.get("who")
        if who is None:
            self.main.add(self.lined.line(path), "missing", key="who")
            return None
        if not isinstance(who, str):
            return self._actor(who, (*path, "who"))
        if who not in self.actors:
            near = meant(who, self.actors)
            self.main.add(self.lined.line((*path, "who")), "unknown_actor", name=who, meant=near)
        return self.actors.get(who)

    def _resolved(self, payload: dict[str, Any], path: _Path) -> dict[str, Any]:
        resolved = dict(payload)
        for key, value in payload.items():
            if isinstance(value, str) and value.startswith("$"):
                if value not in self.references:
                    self.main.add(self.lined.line((*path, key)), "unknown_reference", name=value)
                resolved[key] = self.references.get(value)
        return resolved

    # -- call agents ------------------------------------------------------------------------------

    def _shift(
        self, do: str, data: dict[str, Any], path: _Path, on_shift: list[str], at: Any
    ) -> OnShift | OffShift | Seen | None:
        line = self.lined.line(path)
        names = self._agent_list(data.get("agents"), path, on_shift)
        if do == "seen" and isinstance(count := data.get("count"), int):
            if count > len(on_shift):
                self.main.add(line, "too_few_on_shift", on_shift=len(on_shift), at=at, count=count)
            names = on_shift[:count]
        data = {**data, "agents": names}
        data.pop("count", None)
        for name in names:
            if do == "on_shift" and name in on_shift:
                self.main.add(line, "already_on_shift", agent=name, at=at)
            if do != "on_shift" and name not in on_shift:
                self.main.add(line, "not_on_shift", agent=name, at=at)
        match do:
            case "on_shift":
                on_shift.extend(name for name in names if name not in on_shift)
                return self._model(OnShift, data, path)
            case "off_shift":
                on_shift[:] = [name for name in on_shift if name not in names]
                return self._model(OffShift, data, path)
            case _:
                return self._model(Seen, data, path)

    def _agent_list(self, value: Any, path: _Path, on_shift: list[str]) -> list[str]:
        """`all` is everybody on shift; `agent-001..agent-040` is a stretch."""
        if value == "all":
            return list(on_shift)
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
            if name not in self.agents:
                refs = list(self.agents) or ["-"]
                self.main.add(self.lined.line(path), "unknown_agent", agent=name, first=refs[0], last=refs[-1])
        return names

    # -- questions, and everything in one order -------------------------------------------------------

    def _rows(self, text: str, kind: str) -> list[QuestionRow]:
        if self.questions:
            return []
        codes = [each.code for each in self.municipalities]
        return read_questions(
            text, self.questions, kind=kind, municipalities=codes, agents=self.agents, topics=self.topics
        )

    def _check_story(self, inputs: list[RecordedInput]) -> None:
        begun: set[int] = set()
        for each in inputs:
            if each.crisis in begun or each.kind != "command":
                continue
            line = int(each.place.rsplit(":", 1)[1])
            if each.crisis != len(begun) + 1:
                self.main.add(line, "crisis_number")
            if not isinstance(each.payload, ReportIncident):
                self.main.add(line, "first_not_report", crisis=each.crisis)
            begun.add(each.crisis)

    def _merged(
        self, inputs: list[RecordedInput], rows: list[QuestionRow], name: str, digest: str
    ) -> tuple[RecordedInput, ...]:
        crisis = crisis_id(name, digest, 1)
        asked: list[RecordedInput] = []
        for row in rows:
            item = item_of(row, item_id(digest, row.id), crisis, self.questions)
            if item is None:
                continue
            actor = Actor(
                person=item.agent or "vagtplanen",
                role="call_agent" if item.agent else "system",
                municipality=self.agents.get(item.agent or ""),
            )
            asked.append(
                RecordedInput(
                    index=-1,
                    id=item.id,
                    at=row.registered_at,
                    crisis=1,
                    crisis_id=crisis,
                    kind="feedback",
                    actor=actor,
                    payload=item,
                    place=f"{self.questions.file}:{row.line}",
                )
            )
        # Stable: at one instant what people did stands before what was asked, each in file order.
        together = sorted([*inputs, *asked], key=lambda each: each.at)
        return tuple(replace(each, index=index, id=input_id(digest, index)) for index, each in enumerate(together))


def _agents(municipalities: Sequence[Municipality]) -> dict[str, str]:
    codes = [each.code for each in municipalities for _ in range(each.agents)]
    return {f"agent-{number:03d}": code for number, code in enumerate(codes, start=1)}


def _canonical(rows: Sequence[QuestionRow]) -> list[Any]:
    return [
        [row.id, row.registered_at.isoformat(), {**row.fields, "time": row.fields["time"].isoformat()}] for row in rows
    ]


def _short(value: Any) -> str:
    text = str(value)
    return f'"{text[:60]}..."' if len(text) > 60 else f'"{text}"'


def _hint(error: dict[str, Any]) -> str:
    kind = str(error["type"])
    match kind:
        case "literal_error" | "enum":
            return sentence("hint_choice", choices=str(error["ctx"]["expected"]).replace(" or ", ", ").replace("'", ""))
        case "string_type":
            return sentence("hint_text")
        case "int_type" | "int_parsing" | "float_type" | "float_parsing" | "int_from_float":
            return sentence("hint_number")
        case "string_pattern_mismatch":
            return sentence("hint_pattern")
        case "bool_type" | "bool_parsing":
            return sentence("hint_bool")
        case "greater_than_equal" | "greater_than" | "string_too_short":
            return sentence("hint_least")
        case "less_than_equal" | "less_than" | "string_too_long":
            return sentence("hint_most")
        case "tuple_type" | "list_type" | "too_short" | "too_long":
            return sentence("hint_list")
        case "dict_type" | "model_type":
            return sentence("hint_mapping")
        case _ if kind.startswith(("datetime", "value_error", "timezone")):
            return sentence("hint_time")
        case _:
            return sentence("hint_other")
