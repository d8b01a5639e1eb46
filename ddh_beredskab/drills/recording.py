"""Reading a recording: `recording.yaml` and `questions.csv` become one list of inputs in the order they came.

Rule: nothing is played from a recording with a mistake in it; every mistake is gathered, with its file and
line. The format is described in `playbooks/drills/README.md`. In reading order: `recording_file` (the YAML with its
lines), `recording_people` (who), `recording_inputs` (what they did), `questions` (what was asked); here all in one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any, get_args

from ddh_beredskab.core.playbook import KINDS
from ddh_beredskab.drills.mistakes import BrokenRecording, Mistake, Mistakes, UnknownDrill, sentence
from ddh_beredskab.drills.questions import QuestionRow, item_of, read_questions
from ddh_beredskab.drills.recording_file import RecordingFile
from ddh_beredskab.drills.recording_inputs import InputReader
from ddh_beredskab.drills.recording_model import (
    InputKind,
    OffShift,
    OnShift,
    RecordedInput,
    Recording,
    Seen,
    Source,
    crisis_id,
    input_id,
    item_id,
)
from ddh_beredskab.drills.recording_people import People
from schemas.base import Actor
from schemas.canonical import canonical
from schemas.drill_summary import Phase

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
_HEAD = _REQUIRED | {"about", "actors", "ends"}
_NAME = re.compile(r"^[a-z0-9][a-z0-9-]{0,54}$")


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
    file = RecordingFile(Mistakes(f"{folder.name}/{FILE}"))
    questions = Mistakes(f"{folder.name}/{QUESTIONS}")
    recording = _read(folder, file, questions, topics)
    if file.mistakes or questions or recording is None:
        raise BrokenRecording([*file.mistakes, *questions])
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


def _read(folder: Path, file: RecordingFile, questions: Mistakes, topics: Collection[str] | None) -> Recording | None:
    """Read one folder; goes on after a mistake as long as it makes sense."""
    text = _text(folder / FILE, file.mistakes)
    if file.mistakes or (data := file.parse(text)) is None:
        return None
    file.keys(data, _HEAD, (), required=_REQUIRED)
    if data.get("format") != 1:
        file.wrong(("format",), "format")
        return None
    _check_head(file, data)
    sources = file.models(data, "sources", Source)
    people = People(file, data)
    rows = _rows(_text(folder / QUESTIONS, questions), questions, str(data.get("kind")), people, topics)
    done = {key: value for key, value in data.items() if key != "ends"}  # what is expected is no part of what was done
    digest = sha256(canonical({"recording": done, "questions": _canonical(rows)})).hexdigest()
    name = str(data.get("name"))
    references = {"$authority": data.get("authority"), "$directory": data.get("directory")}
    references |= {f"$crisis{number}": crisis_id(name, digest, number) for number in range(1, 10)}
    inputs = InputReader(file, people, [each.id for each in sources], references).read(data, name, digest)
    crises = max((each.crisis for each in inputs), default=0)
    asked = _asked(rows, questions, people, name, digest, crises)
    ends = _ends(file, data, crises)
    if people.authority is None or people.directory is None or file.mistakes or questions:
        return None
    return Recording(
        name=name,
        title=str(data["title"]),
        kind=data["kind"],
        about=str(data.get("about") or ""),
        sources=sources,
        authority=people.authority,
        directory=people.directory,
        municipalities=people.municipalities,
        people=people.people,
        agents=people.agents,
        inputs=_merged(inputs, asked, digest),
        sha256=digest,
        folder=folder,
        ends=ends,
    )


def _text(path: Path, mistakes: Mistakes) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        mistakes.add(1, "file_missing", file=path.name)
    except UnicodeDecodeError:
        mistakes.add(1, "not_text")
    return ""


def _check_head(file: RecordingFile, data: dict[str, Any]) -> None:
    if "name" in data and not (isinstance(data["name"], str) and _NAME.match(data["name"])):
        file.wrong_value(("name",), "name", data["name"], sentence("hint_pattern"))
    if "kind" in data and data["kind"] not in KINDS:
        file.wrong_value(("kind",), "kind", data["kind"], sentence("hint_choice", choices=", ".join(KINDS)))


def _ends(file: RecordingFile, data: dict[str, Any], crises: int) -> tuple[Phase, ...]:
    """One phase per crisis, or none at all."""
    ends = file.items(data, "ends")
    for at, phase in enumerate(ends):
        if phase not in get_args(Phase):
            file.wrong_value(("ends", at), "ends", phase, sentence("hint_choice", choices=", ".join(get_args(Phase))))
    if ends and len(ends) != crises:
        file.wrong(("ends",), "ends_number", found=len(ends), crises=crises)
    return tuple(ends)


# -- questions, and everything in one order -------------------------------------------------------


def _rows(
    text: str, mistakes: Mistakes, kind: str, people: People, topics: Collection[str] | None
) -> list[QuestionRow]:
    if mistakes:
        return []
    return read_questions(text, mistakes, kind=kind, municipalities=people.codes, agents=people.agents, topics=topics)


def _asked(
    rows: Sequence[QuestionRow], mistakes: Mistakes, people: People, name: str, digest: str, crises: int
) -> list[RecordedInput]:
    """The citizens' questions as inputs."""
    asked: list[RecordedInput] = []
    for row in rows:
        if row.crisis > max(crises, 1):
            mistakes.add(row.line, "csv_crisis", crisis=row.crisis, crises=crises)
            continue
        crisis = crisis_id(name, digest, row.crisis)
        item = item_of(row, item_id(digest, row.id), crisis, mistakes)
        if item is None:
            continue
        actor = Actor(
            person=item.agent or "vagtplanen",
            role="call_agent" if item.agent else "system",
            municipality=people.agents.get(item.agent or ""),
        )
        asked.append(
            RecordedInput(
                index=-1,
                id=item.id,
                at=row.registered_at,
                crisis=row.crisis,
                crisis_id=crisis,
                kind="feedback",
                actor=actor,
                payload=item,
                place=f"{mistakes.file}:{row.line}",
            )
        )
    return asked


def _merged(inputs: Sequence[RecordedInput], asked: Sequence[RecordedInput], digest: str) -> tuple[RecordedInput, ...]:
    """Stable: at one instant what people did stands before what was asked, each in file order."""
    together = sorted([*inputs, *asked], key=lambda each: each.at)
    return tuple(replace(each, index=index, id=input_id(digest, index)) for index, each in enumerate(together))


def _canonical(rows: Sequence[QuestionRow]) -> list[Any]:
    return [
        [row.id, row.registered_at.isoformat(), {**row.fields, "time": row.fields["time"].isoformat()}]
        + ([row.crisis] if row.crisis > 1 else [])
        for row in rows
    ]
