"""`drill report`: the after-action report of a drill, as PDF, Excel and JSON in one folder.

Rule kept: it says what the page says, number for number; files that are there are written over, others are left alone.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ddh_beredskab.cli.options import Data, Json, PlaybookFolder, settings_of
from ddh_beredskab.i18n import say

if TYPE_CHECKING:
    from ddh_beredskab.drills.aar import DrillHead
    from ddh_beredskab.drills.recording_model import Recording
    from ddh_beredskab.reports.drill_report import Teller
    from ddh_beredskab.settings import Settings
    from schemas.drill_evaluation import Compared, DrillEvaluation


def report(
    drill: Annotated[str, typer.Argument(metavar="ØVELSE", help=say("cli.drill.id"))],
    to: Annotated[Path, typer.Option("--to", metavar="MAPPE", help=say("cli.drill.report_to"))] = Path(),
    data: Data = None,
    playbooks: PlaybookFolder = None,
    json: Json = False,
) -> None:
    from ddh_beredskab.cli.output import out, out_json

    settings = settings_of(data, playbooks)
    told, teller = asyncio.run(_told(settings, drill))
    files = _write(told, teller, to)
    if json:
        out_json(told.model_dump(mode="json"))
        return
    from ddh_beredskab.reports.drill_words import tally

    for each in told.crises:
        counts = tally(each.scores)
        counted = {name: counts[name] for name in ("reached", "partly", "not_reached")}
        out(say("cli.drill.report_tally", title=each.title, **counted))
    for file in files:
        out(say("cli.drill.report_written", file=file))


async def _told(settings: Settings, drill: str) -> tuple[DrillEvaluation, Teller]:
    from ddh_beredskab.bootstrap import rules
    from ddh_beredskab.cli.drill_lead import environment_of
    from ddh_beredskab.cli.journals import journals, names
    from ddh_beredskab.drills.aar import (
        compared_drill,
        compared_recording,
        drill_head,
        earlier,
        evaluate,
        with_findings,
    )
    from ddh_beredskab.drills.casting import cast_recording
    from ddh_beredskab.drills.findings import all_findings
    from ddh_beredskab.errors import UserError
    from ddh_beredskab.playbooks import find_playbooks
    from ddh_beredskab.playbooks.targets import load_targets
    from ddh_beredskab.reports.drill_report import Teller
    from ddh_beredskab.web.rendering import names_in, words_in
    from ddh_beredskab.web.views import role_name

    playbooks, targets = rules(settings), load_targets(find_playbooks(settings.playbooks))
    wanted = environment_of(drill)
    async with journals(settings) as opened:
        databases = {each.environment: each.database for each in opened}
        if wanted == "drift" or wanted not in databases:
            known = ", ".join(name for name in databases if name != "drift") or say("cli.none")
            raise UserError("no_environment", place=drill, environment=wanted, known=known)
        heads: dict[str, DrillHead] = {}
        for name, database in databases.items():
            heads[name] = await database.read(partial(drill_head, environment=name))
        head, here = heads[wanted], databases[wanted]
        recording = _recording(settings, head)
        casting = cast_recording(recording, head.plan) if recording and head.plan else None
        told = await here.read(
            lambda conn: evaluate(
                conn, head, playbooks, targets, title=recording.title if recording else "",
                withheld=casting.withheld if casting else (),
            )
        )  # fmt: skip
        if told is None:
            raise UserError("drill_not_begun", place=drill, drill=drill)
        compared: list[Compared] = []
        if recording is not None:
            begins = head.plan.starts_at if head.plan else None
            compared.append(compared_recording(recording, playbooks, targets, begins))
        for each in earlier([x for name, x in heads.items() if name != "drift"], head):
            before = await databases[each.environment].read(
                partial(evaluate, head=each, playbooks=playbooks, targets=targets)
            )
            compared += [compared_drill(before)] if before is not None else []
        known = await here.read(names)
        if "drift" in databases:
            told = with_findings(told, await databases["drift"].read(all_findings))
            known = await databases["drift"].read(names) | known
    spoken = names_in("da", known)
    teller = Teller(words_in("da"), spoken.person, partial(role_name, playbooks), spoken.plain)
    return told.model_copy(update={"compared": tuple(compared)}), teller


def _recording(settings: Settings, head: DrillHead) -> Recording | None:
    """What it was played from; null when it is gone, or is not the one the drill was planned with."""
    from ddh_beredskab.cli.drill import search_in
    from ddh_beredskab.drills.recording import load_recording
    from ddh_beredskab.errors import UserError

    try:
        found = load_recording(head.recording, search_in(settings))
    except UserError:
        return None
    wanted = head.plan.recording_sha256 if head.plan else head.run.recording_sha256 if head.run else ""
    return found if found.sha256 == wanted else None


def _write(told: DrillEvaluation, teller: Teller, folder: Path) -> list[Path]:
    from ddh_beredskab.reports.drill_report import drill_report_excel, drill_report_pdf

    folder.mkdir(parents=True, exist_ok=True)
    name = f"evaluering-{told.environment.replace('.', '-')}"
    made = {
        "pdf": drill_report_pdf(told, teller, at=datetime.now(UTC)),
        "xlsx": drill_report_excel(told, teller),
        "json": told.model_dump_json(indent=2).encode(),
    }
    files: list[Path] = []
    for ending, content in made.items():
        file, beside = folder / f"{name}.{ending}", folder / f".{name}.{ending}.ny"
        beside.write_bytes(content)
        beside.replace(file)
        files.append(file)
    return files
