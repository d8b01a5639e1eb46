"""`backup` and `restore`: a safe copy of every journal in one file, and a system begun from it.

The rule kept: the operator is told what the copy holds and when it was taken, and after a restore what to do next.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ddh_beredskab.cli.options import Data, Environment, Json, settings_of
from ddh_beredskab.cli.output import out, out_json, remark
from ddh_beredskab.i18n import say

if TYPE_CHECKING:
    from ddh_beredskab.backup import Manifest, Part, Restored


def backup(
    to: Annotated[Path, typer.Option("--to", metavar="FIL", help=say("cli.backup.to"))],
    data: Data = None,
    environment: Environment = None,
    json: Json = False,
) -> None:
    from ddh_beredskab.backup import take

    manifest = asyncio.run(take(settings_of(data), to, environment))
    problems = [(part, each) for part in manifest.parts for each in part.problems]
    if json:
        out_json({"file": str(to), "size": to.stat().st_size, "ok": not problems, **_facts(manifest)})
    else:
        out(say("cli.backup.taken", file=to, mb=f"{to.stat().st_size / 1e6:.1f}", at=_when(manifest.began_at)))
        _tell_parts(manifest)
        for part, problem in problems:
            remark(say("cli.backup.problem", environment=part.environment, problem=problem))
    if problems:
        raise typer.Exit(1)


def restore(
    file: Annotated[Path, typer.Argument(metavar="FIL", help=say("cli.backup.file"))],
    data: Data = None,
    damaged: Annotated[bool, typer.Option("--damaged", help=say("cli.backup.damaged"))] = False,
    json: Json = False,
) -> None:
    from ddh_beredskab.backup import restore as restore_file

    settings = settings_of(data)
    restored = asyncio.run(restore_file(settings, file, damaged=damaged))
    if json:
        out_json({"file": str(file), "prefixes": restored.prefixes, **_facts(restored.manifest)})
        return
    out(say("cli.backup.restored", file=file, at=_when(restored.manifest.began_at), age=_age(restored)))
    _tell_parts(restored.manifest)
    out("")
    if settings.database:
        out(say("cli.backup.next_cluster"))
    else:
        out(say("cli.backup.next", folder=settings.data))
    for environment, prefix in restored.prefixes.items():
        out(say("cli.backup.topics", environment=environment, prefix=prefix))
    out(say("cli.backup.missing", at=_when(restored.manifest.began_at)))


def _tell_parts(manifest: Manifest) -> None:
    for part in manifest.parts:
        out("  " + say("cli.backup.part", **_about(part)))


def _about(part: Part) -> dict[str, Any]:
    last = _when(part.last_recorded_at) if part.last_recorded_at else "-"
    return {"environment": part.environment, "n": part.messages, "last": last, "head": part.heads_sha256[:16]}


def _facts(manifest: Manifest) -> dict[str, Any]:
    return manifest.model_dump(mode="json")


def _when(at: datetime) -> str:
    from ddh_beredskab.danish_time import day_and_clock

    return day_and_clock(at)


def _age(restored: Restored) -> str:
    from ddh_beredskab.danish_time import in_words

    return in_words(datetime.now(UTC) - restored.manifest.began_at) or say("cli.backup.under_a_minute")
