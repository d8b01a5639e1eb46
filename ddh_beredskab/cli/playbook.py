"""`playbook check`: every mistake in the rules people write, with file and line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ddh_beredskab.cli.options import Data, Json, PlaybookFolder, settings_of
from ddh_beredskab.cli.output import out, out_json
from ddh_beredskab.i18n import say


def check(
    path: Annotated[Path | None, typer.Argument(metavar="[STI]", help=say("cli.playbook.path"))] = None,
    data: Data = None,
    playbooks: PlaybookFolder = None,
    json: Json = False,
) -> None:
    from ddh_beredskab.cli.drill import with_known_topics
    from ddh_beredskab.drills.exercises import FILE as EXERCISES
    from ddh_beredskab.drills.exercises import load_exercises
    from ddh_beredskab.drills.inject_files import check_drills
    from ddh_beredskab.drills.recording import known_recordings
    from ddh_beredskab.playbooks import PlaybookError, check_playbooks, find_playbooks, load_playbooks

    path = path or settings_of(data, playbooks).playbooks
    if problems := check_playbooks(path):
        raise PlaybookError(problems)
    if path is not None and path.is_file():
        folder, drills = path, {}
        if path.name == EXERCISES:
            load_exercises(path.parent)
    else:
        folder = find_playbooks(path)
        playbooks_read = load_playbooks(folder)
        drills = known_recordings([folder / "drills"])
        recordings = [with_known_topics(where, [], playbooks_read) for where in drills.values()]
        load_exercises(folder)
        check_drills(folder, recordings, playbooks_read)
    if json:
        out_json({"ok": True, "path": str(folder), "drills": sorted(drills)})
        return
    out(say("cli.playbook.ok", path=folder))
