"""Staff meetings: the fixed agenda filled in while the meeting is held, minutes that are approved, read and printed.

Rules kept: points nobody said anything about are left out of the minutes; they may be amended until the crisis leader
approves them; what is typed during the meeting is kept in the browser until it is sent.
"""

from __future__ import annotations

from typing import Any, Literal, cast

from starlette.exceptions import HTTPException
from starlette.responses import Response

from ddh_beredskab.projections.read_model import Json
from ddh_beredskab.projections.staff_room import staff_room
from ddh_beredskab.projections.staff_room.meetings import meeting_links
from ddh_beredskab.web.acting import CRISIS, Action, with_answer
from ddh_beredskab.web.forms import Fields, M, filled_in
from ddh_beredskab.web.people_here import Somebody, people_here
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.visit import Mistake, Visit
from schemas.base import Command
from schemas.crisis_staff import AmendMinutes, ApproveMinutes, HoldStaffMeeting

AREA = f"{CRISIS}/moeder"
Kind = Literal["first_meeting", "recurring", "round_the_clock"]
KINDS: tuple[Kind, ...] = ("first_meeting", "recurring", "round_the_clock")
BLANK_POINTS = 2
"""Points of one's own, beside the agenda's."""


async def meetings(visit: Visit) -> Response:
    """Where the staff meets, when the next meeting is, and all minutes."""
    await with_answer(visit)
    doc = await _doc(visit)
    number = len(_meetings(doc)) + 1
    hold = HoldStaffMeeting(number=number, attendance=(_me(visit),), points=())
    return visit.page(
        "meetings/meetings.html",
        visit.words.t("meetings.heading"),
        subpage=True,
        number=number,
        next_at=doc["next_at"] if doc else None,
        overdue=bool(doc and doc["overdue"]),
        links=meeting_links(doc, visit.site.playbooks.agendas),
        meetings=list(reversed(_meetings(doc))),
        hold_why=await visit.why_not(hold, HOLD.route),
    )


async def new(visit: Visit) -> Response:
    """The agenda, to be filled in while the meeting is held."""
    doc = await _doc(visit)
    number = len(_meetings(doc)) + 1
    people = await people_here(visit)
    kind = _kind(visit, number)
    return visit.page(
        "meetings/new.html",
        visit.words.t("meetings.new_heading", number=number),
        subpage=True,
        number=number,
        kind=kind,
        kinds=KINDS,
        links=meeting_links(doc, visit.site.playbooks.agendas),
        people=people,
        present=[each.ref for each in people if each.holds],
        points=_points_to_fill([], _agenda(visit, kind)),
        next_at=None,
        why=await visit.why_not(
            HoldStaffMeeting(number=number, attendance=(_me(visit),), points=()), HOLD.route
        ),
    )  # fmt: skip


async def minutes(visit: Visit) -> Response:
    """The minutes of one meeting, to be read, printed and approved."""
    await with_answer(visit)
    doc = await _doc(visit)
    meeting = _meeting(visit, doc)
    number = meeting["number"]
    amend = AmendMinutes(number=number, attendance=(_me(visit),), points=())
    return visit.page(
        "meetings/minutes.html",
        visit.words.t("meetings.minutes_heading", number=number),
        subpage=True,
        meeting=meeting,
        last=len(_meetings(doc)),
        approve_why=await visit.why_not(ApproveMinutes(number=number), APPROVE.route),
        amend_why=await visit.why_not(amend, AMEND.route),
    )


async def amending(visit: Visit) -> Response:
    """The minutes as a form, before they are approved."""
    doc = await _doc(visit)
    meeting = _meeting(visit, doc)
    number = meeting["number"]
    people = await people_here(visit)
    known = {each.ref for each in people}
    more = [ref for ref in meeting["attendance"] if ref not in known]
    people += [Somebody(ref, visit.setting.names.person(ref), ()) for ref in more]
    return visit.page(
        "meetings/amend.html",
        visit.words.t("meetings.amend_heading", number=number),
        subpage=True,
        meeting=meeting,
        people=people,
        present=meeting["attendance"],
        points=_points_to_fill(meeting["points"], _agenda(visit, _kind(visit, number))),
        next_at=meeting["next_meeting_at"],
        why=await visit.why_not(
            AmendMinutes(number=number, attendance=(_me(visit),), points=()), AMEND.route
        ),
    )  # fmt: skip


async def _doc(visit: Visit) -> Json | None:
    crisis = visit.crisis
    found = await visit.environment.read(lambda conn: staff_room(conn, crisis, "meetings"))
    return found["meetings"]


def _meetings(doc: Json | None) -> list[Json]:
    return doc["meetings"] if doc else []


def _meeting(visit: Visit, doc: Json | None) -> Json:
    """The meeting in the path, or in the form that is shown again."""
    asked = str(visit.request.path_params.get("number") or visit.filled.values.get("number", ""))
    found = next((each for each in _meetings(doc) if str(each["number"]) == asked), None)
    if found is None:
        raise HTTPException(404)
    return found


def _me(visit: Visit) -> str:
    assert visit.who is not None
    return visit.who.person


def _kind(visit: Visit, number: int) -> Kind:
    """The agenda asked for, or the one that fits."""
    asked = visit.query.get("dagsorden", "")
    if asked in KINDS:
        return asked
    if number == 1:
        return "first_meeting"
    return "round_the_clock" if (visit.situation or {}).get("phase") == "sustained" else "recurring"


def _agenda(visit: Visit, kind: Kind) -> tuple[str, ...]:
    agendas = visit.site.playbooks.agendas
    of_kind = {
        "first_meeting": agendas.first_meeting,
        "recurring": agendas.recurring,
        "round_the_clock": agendas.round_the_clock,
    }
    return of_kind[kind]


def _points_to_fill(said: list[Json], agenda: tuple[str, ...]) -> list[Json]:
    """What was said, the points of the agenda nobody has said anything about, and some blank ones."""
    there = {point["point"] for point in said}
    rest = [{"point": point, "text": "", "decision": ""} for point in agenda if point not in there]
    blank: list[dict[str, Any]] = [{"point": "", "text": "", "decision": ""} for _ in range(BLANK_POINTS)]
    return [*said, *rest, *blank]


def _minutes_of(kind: type[M]) -> Any:
    """Reads a form of minutes: points with something in them, and who was there."""

    def read(visit: Visit, fields: Fields) -> Command | list[Mistake]:
        points, mistakes = _points(visit, fields)
        if not fields.getlist("attendance"):
            mistakes.insert(0, Mistake("attendance", visit.words.t("form.choose_one")))
        made, wrong = filled_in(kind, fields, visit.words, points=points)
        known = {m.field for m in mistakes}
        mistakes += [m for m in wrong if m.field not in known]
        return cast("Command", made) if made is not None and not mistakes else mistakes

    return read


def _points(visit: Visit, fields: Fields) -> tuple[list[Json], list[Mistake]]:
    numbers = sorted({
        int(part)
        for name in fields
        if name.startswith("points.") and (part := name.split(".")[1]).isdecimal()
    })  # fmt: skip
    points: list[Json] = []
    mistakes: list[Mistake] = []
    for number in numbers:
        point = {key: str(fields.get(f"points.{number}.{key}", "")) for key in ("point", "text", "decision")}
        if not point["text"] and not point["decision"]:
            continue
        if not point["point"]:
            mistakes.append(Mistake(f"points.{number}.point", visit.words.t("meetings.point_without_name")))
        points.append(point)
    return points, mistakes


HOLD = Action("moeder/hold", HoldStaffMeeting, page=new, back="/moeder", read=_minutes_of(HoldStaffMeeting))
AMEND = Action("moeder/ret", AmendMinutes, page=amending, back="/moeder", read=_minutes_of(AmendMinutes))
APPROVE = Action("moeder/godkend", ApproveMinutes, page=minutes, back="/moeder")

PAGES = (
    Page("GET", AREA, meetings, tab="tab.meetings", order=60),
    Page("GET", f"{AREA}/nyt", new),
    Page("GET", f"{AREA}/{{number}}", minutes),
    Page("GET", f"{AREA}/{{number}}/ret", amending),
    HOLD.door(),
    AMEND.door(),
    APPROVE.door(),
)
