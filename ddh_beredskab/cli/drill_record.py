"""`drill record`: a crisis that has been, as a drill that can be played again, with nothing about anybody in it.

Rule kept: nothing is written when something in it could name somebody, and it says where; what is written decides the
same as the crisis did, or it says what differs.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ddh_beredskab.cli.options import Crisis, Data, Environment, Json, PlaybookFolder, settings_of
from ddh_beredskab.cli.output import out, out_json, remark
from ddh_beredskab.i18n import say

if TYPE_CHECKING:
    from collections import Counter

    from ddh_beredskab.core.playbook import Playbooks
    from ddh_beredskab.drills.record import Recorded
    from ddh_beredskab.settings import Settings

SHOWN = 20
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,54}")


def record(
    crisis: Crisis,
    folder: Annotated[Path, typer.Option("--out", metavar="MAPPE", help=say("cli.record.out"))],
    markers: Annotated[Path | None, typer.Option("--markers", metavar="FIL", help=say("cli.record.markers"))] = None,
    data: Data = None,
    playbooks: PlaybookFolder = None,
    environment: Environment = None,
    json: Json = False,
) -> None:
    from ddh_beredskab.bootstrap import rules
    from ddh_beredskab.errors import UserError

    settings = settings_of(data, playbooks)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError("record_not_empty", place=str(folder), path=folder)
    if not _NAME.fullmatch(folder.name):
        raise UserError("record_name", place=str(folder), name=folder.name)
    wanted = _lines(markers)
    known = rules(settings)
    recorded, decided = asyncio.run(_record(settings, known, crisis, environment, folder.name, wanted))
    if recorded.leaks:
        for leak in recorded.leaks[:SHOWN]:
            remark(say("cli.record.leak", line=leak.line, what=leak.what))
        raise UserError("record_unsure", place=str(folder), count=len(recorded.leaks))
    again = _decided_again(recorded, known, folder.name)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "recording.yaml").write_text(recorded.yaml, encoding="utf-8")
    (folder / "questions.csv").write_text(recorded.questions, encoding="utf-8")
    pairs = {" ".join(key): (decided[key], again[key]) for key in sorted(decided | again)}
    differing = {what: counts for what, counts in pairs.items() if counts[0] != counts[1]}
    if json:
        facts = {"folder": str(folder), "inputs": recorded.inputs, "struck": recorded.struck}
        out_json({**facts, "decisions": decided.total(), "differing": differing})
    else:
        out(say("cli.record.done", folder=folder, inputs=recorded.inputs, struck=recorded.struck))
        out(say("cli.record.same" if not differing else "cli.record.differs", count=decided.total()))
        for what, (then, now) in differing.items():
            out(say("cli.record.difference", what=what, then=then, now=now))
    if differing:
        raise typer.Exit(1)


async def _record(
    settings: Settings, playbooks: Playbooks, crisis: str, environment: str | None, name: str, markers: list[str]
) -> tuple[Recorded, Counter[tuple[str, str]]]:
    from collections import Counter

    from ddh_beredskab.cli.journals import journal_with
    from ddh_beredskab.core.subscriptions import CONCERNS
    from ddh_beredskab.drills.digest import counts_as_decision
    from ddh_beredskab.drills.record import record as make
    from ddh_beredskab.journal.connection import Conn
    from ddh_beredskab.journal.messages import read_stream

    def read(conn: Conn) -> tuple[Recorded, Counter[tuple[str, str]]]:
        streams = {concern: f"{concern}-{crisis}" for concern in CONCERNS}
        decided = Counter(
            (concern, each.message.short_name())
            for concern, stream in streams.items()
            if counts_as_decision(stream)
            for each in read_stream(conn, stream)
        )
        return make(conn, playbooks, crisis, name, markers), decided

    async with journal_with(settings, crisis, environment) as opened:
        return await opened.database.read(read)


def _decided_again(recorded: Recorded, playbooks: Playbooks, name: str) -> Counter[tuple[str, str]]:
    """What the recording decides, played by the rules alone."""
    from collections import Counter

    from ddh_beredskab.drills.core_replay import replay
    from ddh_beredskab.drills.decisions import decisions_of
    from ddh_beredskab.drills.recording import load_recording

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / name
        folder.mkdir()
        (folder / "recording.yaml").write_text(recorded.yaml, encoding="utf-8")
        (folder / "questions.csv").write_text(recorded.questions, encoding="utf-8")
        played = replay(load_recording(folder), playbooks)
    return Counter((each.concern, each.type) for each in decisions_of(played) if each.crisis == 1)


def _lines(file: Path | None) -> list[str]:
    from ddh_beredskab.errors import UserError

    if file is None:
        return []
    try:
        lines: list[Any] = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = say("why.is_folder" if file.is_dir() else "why.not_there")
        raise UserError("file", place=str(file), path=file, why=why) from error
    return [str(line).strip() for line in lines if str(line).strip()]
