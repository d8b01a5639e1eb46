"""`doctor`: what is configured, reachable and missing, and how to mend it. It changes nothing.

Each check is one line: good, worth knowing, or wrong; wrong ones say what to do. Exit code 1 when something is wrong.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal

import typer

from ddh_beredskab.cli.options import Data, Json, PlaybookFolder, Port, settings_of
from ddh_beredskab.cli.output import out, out_json
from ddh_beredskab.i18n import say

if TYPE_CHECKING:
    from ddh_beredskab.cli.checks import Check

_MARKS: dict[Literal["ok", "note", "wrong"], str] = {"ok": "✓", "note": "!", "wrong": "✗"}


def doctor(data: Data = None, playbooks: PlaybookFolder = None, port: Port = None, json: Json = False) -> None:
    from ddh_beredskab.cli.checks import examine

    checks = asyncio.run(examine(settings_of(data, playbooks, port=port)))
    well = all(check.state != "wrong" for check in checks)
    if json:
        out_json({"ok": well, "checks": [check.as_json() for check in checks]})
    else:
        _tell(checks)
    if not well:
        raise typer.Exit(1)


def _tell(checks: list[Check]) -> None:
    for check in checks:
        out(f"{_MARKS[check.state]} {say('doctor.name.' + check.name)}: {check.found}")
        if check.mend:
            out(f"    {check.mend}")
    wrong = sum(check.state == "wrong" for check in checks)
    out("")
    out(say("doctor.well") if not wrong else say("doctor.not_well", n=wrong))
