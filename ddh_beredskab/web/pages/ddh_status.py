"""DDH-status: ours, in fixed sections, in versions, compared, and approved by the crisis leader.

Rules kept: numbers we have are offered, never written by themselves; whoever wrote while somebody else wrote too sees
the other's text beside his own before anything is saved over.
"""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import Response

from ddh_beredskab.projections.log_search import search_entries
from ddh_beredskab.projections.read_model import Json, instant
from ddh_beredskab.projections.staff_room import staff_room
from ddh_beredskab.projections.staff_room.statuses import version_of
from ddh_beredskab.web.acting import CRISIS, Action, with_answer
from ddh_beredskab.web.rendering import words_in
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.status_suggestions import suggestions
from ddh_beredskab.web.visit import Visit
from ddh_beredskab.web.word_diff import field_changes
from schemas.crisis_staff import ApproveDdhStatus, WriteDdhStatus

AREA = f"{CRISIS}/situation/status"
DECISIONS = 8


async def writing(visit: Visit) -> Response:
    """The form, on the latest version; what our numbers say stands beside each section."""
    doc = await _doc(visit)
    latest = version_of(doc, doc["latest"]) if doc else None
    number = latest["version"] if latest else 0
    offered = await _offered(visit, latest)
    before: dict[str, str] = latest["sections"] if latest else {}
    begin = offered if latest is None else before
    sections = [
        {
            "key": section.key,
            "label": section.label,
            "hint": section.hint,
            "text": begin.get(section.key, ""),
            "offered": offered.get(section.key, ""),
            "theirs": before.get(section.key, ""),
        }
        for section in visit.site.playbooks.status.ddh_status
    ]
    sample = WriteDdhStatus(sections={sections[0]["key"]: "-"}, based_on=number)
    return visit.page(
        "situation/write_status.html",
        visit.words.t("status.write_heading", number=number + 1),
        subpage=True,
        sections=sections,
        latest=latest,
        based_on=number,
        overtaken=_overtaken(visit, number),
        most=visit.site.playbooks.limits.ddh_status_most_characters,
        why=await visit.why_not(sample, WRITE.route),
    )


async def status(visit: Visit) -> Response:
    """One version, and what is different from the one before."""
    await with_answer(visit)
    doc = await _doc(visit)
    asked = str(visit.request.path_params.get("version") or visit.filled.values.get("version", ""))
    this = version_of(doc, int(asked)) if asked.isdecimal() and len(asked) < 8 else None
    if this is None or doc is None:
        raise HTTPException(404)
    number = this["version"]
    order = [section.key for section in visit.site.playbooks.status.ddh_status]
    before = version_of(doc, number - 1)
    return visit.page(
        "situation/status.html",
        visit.words.t("status.heading", number=number),
        subpage=True,
        version=this,
        before=before,
        latest=doc["latest"],
        approved=doc["approved"],
        changes=field_changes(before["sections"] if before else None, this["sections"], order),
        labels={section.key: section.label for section in visit.site.playbooks.status.ddh_status},
        approve_why=await visit.why_not(ApproveDdhStatus(version=number), APPROVE.route),
    )


async def _doc(visit: Visit) -> Json | None:
    crisis = visit.crisis
    found = await visit.environment.read(lambda conn: staff_room(conn, crisis, "statuses"))
    return found["statuses"]


async def _offered(visit: Visit, latest: Json | None) -> dict[str, str]:
    """What our numbers say, in Danish: it becomes text that is stored."""
    read = await visit.read()
    crisis, since = visit.crisis, instant(latest["at"]) if latest else None
    found = await visit.environment.read(
        lambda conn: search_entries(conn, crisis, kinds=("decision", "omission"), from_=since, limit=DECISIONS)
    )
    entries = [each for each in reversed(found.entries) if not each.get("corrected_by")]
    return suggestions(read, visit.site.playbooks, words_in("da"), visit.setting.names, entries)


def _overtaken(visit: Visit, number: int) -> bool:
    """Whether somebody else saved a version while this form was filled in."""
    based_on = visit.filled.value(WRITE.name, "based_on", "")
    return str(based_on).isdecimal() and int(based_on) < number


WRITE = Action("situation/status", WriteDdhStatus, page=writing, back="/situation")
APPROVE = Action("situation/status/godkend", ApproveDdhStatus, page=status, back="/situation")

PAGES = (
    Page("GET", AREA, writing),
    Page("GET", f"{AREA}/{{version}}", status),
    WRITE.door(),
    APPROVE.door(),
)
