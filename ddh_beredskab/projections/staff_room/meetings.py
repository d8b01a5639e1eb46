"""What was decided at the staff's meetings, when is the next, and where?

    {next_at, overdue, links: {teams_url, phone_bridge, phone_code, by, at} | null,
     meetings: [{number, held_at, by, attendance, points, decisions, next_meeting_at,
                 amended: [{by, at}], approved: {by, at} | null}]}

`decisions` are the points that decided something. `overdue` says that the first meeting was not held in time. Where
`links` is null, the playbook's hold (`meeting_links`).
"""

from __future__ import annotations

from ddh_beredskab.core.playbook import Agendas
from ddh_beredskab.journal.messages import StoredMessage
from ddh_beredskab.projections.read_model import Json, iso, plain
from schemas import crisis_staff as s
from schemas.base import Event

EVENTS: tuple[type[Event], ...] = (
    s.StaffMeetingDue,
    s.StaffMeetingHeld,
    s.MinutesAmended,
    s.MinutesApproved,
    s.MeetingLinksSet,
    s.StaffStoodDown,
)


def fold(doc: Json | None, row: StoredMessage) -> Json:
    """The meetings after one event."""
    doc = doc or {"next_at": None, "overdue": False, "links": None, "meetings": []}
    mark: Json = {"by": row.actor.person, "at": iso(row.time)}
    match row.message:
        case s.StaffMeetingDue():
            return doc | {"overdue": True}
        case s.StaffMeetingHeld() as held:
            next_at = iso(held.next_meeting_at) if held.next_meeting_at else None
            meeting: Json = {
                "number": held.number,
                "held_at": mark["at"],
                "by": mark["by"],
                "next_meeting_at": next_at,
                "amended": [],
                "approved": None,
            }
            meeting |= _minutes(held)
            return doc | {"next_at": next_at, "overdue": False, "meetings": [*doc["meetings"], meeting]}
        case s.MinutesAmended() as amended:
            return _amended(doc, amended, mark)
        case s.MinutesApproved() as approved:
            return doc | {"meetings": _with(doc["meetings"], approved.number, {"approved": mark})}
        case s.MeetingLinksSet() as links:
            return doc | {"links": plain(links) | mark}
        case _:
            return doc | {"next_at": None, "overdue": False}


def meeting_links(doc: Json | None, agendas: Agendas) -> Json:
    """Where the staff meets: as set in the crisis, else as the playbook says; a field nobody filled in is empty."""
    if doc and doc["links"]:
        return doc["links"]
    links = agendas.meeting_links
    return {name: getattr(links, name) or "" for name in ("teams_url", "phone_bridge", "phone_code")}


def _amended(doc: Json, amended: s.MinutesAmended, mark: Json) -> Json:
    """The minutes as they read now; only the latest meeting says when the next one is."""
    earlier: Json = next(each for each in doc["meetings"] if each["number"] == amended.number)
    change = _minutes(amended) | {"amended": [*earlier["amended"], mark]}
    if amended.next_meeting_at is not None:
        change["next_meeting_at"] = iso(amended.next_meeting_at)
        if amended.number == doc["meetings"][-1]["number"]:
            doc = doc | {"next_at": change["next_meeting_at"]}
    return doc | {"meetings": _with(doc["meetings"], amended.number, change)}


def _minutes(said: s.StaffMeetingHeld | s.MinutesAmended) -> Json:
    points = [plain(point) for point in said.points]
    return {
        "attendance": list(said.attendance),
        "points": points,
        "decisions": [point for point in points if point["decision"].strip()],
    }


def _with(meetings: list[Json], number: int, change: Json) -> list[Json]:
    return [each | change if each["number"] == number else each for each in meetings]
