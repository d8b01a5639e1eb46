"""The after-action report of the drill in the path, put together from all journals it needs.

Rules kept: only a drill has one; a journal that cannot be read is left out of the comparison and never hides it; what
has been worked out of a journal is kept until the journal moves on.
"""

from __future__ import annotations

import asyncio
from datetime import datetime

from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.drills.aar import (
    DrillHead,
    compared_drill,
    compared_recording,
    drill_head,
    earlier,
    evaluate,
    with_findings,
)
from ddh_beredskab.drills.findings import all_findings
from ddh_beredskab.drills.recording_model import Recording
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.messages import head_position
from ddh_beredskab.playbooks.targets import Targets
from ddh_beredskab.web.environments import Environment, Unreadable
from ddh_beredskab.web.exercise_shelf import shelf_of
from ddh_beredskab.web.topics import NoSuchCrisis
from ddh_beredskab.web.visit import Visit
from schemas.drill_evaluation import Compared, DrillEvaluation

_Key = tuple[str, int, int]
_KEPT: dict[_Key, Compared] = {}
_RECORDED: dict[tuple[str, datetime | None, int], Compared] = {}
_MOST_KEPT = 50


async def head_here(visit: Visit) -> DrillHead:
    """What the drill in the path is. Raises `NoSuchCrisis` where there is none."""
    name = visit.environment.name
    head = await visit.environment.read(lambda conn: drill_head(conn, name))
    if name == "drift":
        raise NoSuchCrisis(name)
    return head


async def evaluation(visit: Visit, head: DrillHead, *, compare: bool = True) -> DrillEvaluation | None:
    """The whole report; null before anything has happened."""
    site = visit.site
    shelf = shelf_of(site.drills) if site.drills else None
    recording = await shelf.recording(head.recording) if shelf else None
    casting = await shelf.casting(head.plan) if shelf and head.plan else None
    withheld = casting.withheld if casting else ()
    title = recording.title if recording else ""
    told = await visit.environment.read(
        lambda conn: evaluate(conn, head, site.playbooks, site.targets, title=title, withheld=withheld)
    )
    if told is None:
        return None
    told = with_findings(told, await site.people.read(all_findings))
    return told.model_copy(update={"compared": tuple(await _compared(visit, head, recording))}) if compare else told


async def heads(visit: Visit) -> list[DrillHead]:
    """Every drill that can be read."""
    found: list[DrillHead] = []
    for each in visit.site.environments.all():
        if each.name == "drift":
            continue
        try:
            found.append(await each.read(lambda conn: drill_head(conn, each.name)))  # noqa: B023 - read at once
        except Unreadable:
            continue
    return found


async def _compared(visit: Visit, head: DrillHead, recording: Recording | None) -> list[Compared]:
    site = visit.site
    found: list[Compared] = []
    if recording is not None:
        begins = head.plan.starts_at if head.plan else None
        key = (recording.sha256, begins, id(site.targets))
        if key not in _RECORDED:
            made = await asyncio.to_thread(compared_recording, recording, site.playbooks, site.targets, begins)
            _room(_RECORDED)
            _RECORDED[key] = made
        found.append(_RECORDED[key])
    for each in earlier(await heads(visit), head):
        environment = site.environments.get(each.environment)
        told = await _earlier(environment, each, site.playbooks, site.targets) if environment else None
        found += [told] if told else []
    return found


async def _earlier(
    environment: Environment, head: DrillHead, playbooks: Playbooks, targets: Targets
) -> Compared | None:
    def look(conn: Conn) -> tuple[int, Compared | None]:
        at = head_position(conn)
        if (kept := _KEPT.get((head.environment, at, id(targets)))) is not None:
            return at, kept
        told = evaluate(conn, head, playbooks, targets)
        return at, compared_drill(told) if told else None

    try:
        at, found = await environment.read(look)
    except Unreadable:
        return None
    if found is not None:
        _room(_KEPT)
        _KEPT[head.environment, at, id(targets)] = found
    return found


def _room(kept: dict[_Key, Compared] | dict[tuple[str, datetime | None, int], Compared]) -> None:
    if len(kept) >= _MOST_KEPT:
        kept.clear()
