"""Kontakter: whom outside the staff we talk to and who holds the line, and where the staff meets.

Rule kept: a contact's name and number are personal, so they are shown to those alone who may change them.
"""

from __future__ import annotations

from starlette.responses import Response

from ddh_beredskab.web.acting import CRISIS, Action, with_answer
from ddh_beredskab.web.pages.around import Asked, me, meeting_place, people_to_choose, table, why_nots
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.visit import Visit
from schemas import crisis_staff as s

DOOR = f"POST {CRISIS}/kontakter"


async def page(visit: Visit) -> Response:
    """The contacts, open ones first, and the meeting place."""
    await with_answer(visit)
    if visit.filled.name in ("kontakter/ret", "kontakter/luk"):
        visit.filled.name += f"-{visit.filled.values.get('number', '')}"
    found = await table(visit, "contacts", "meetings")
    contacts = sorted(found.part("contacts", "contacts"), key=lambda each: each["organisation"].casefold())
    asked = [
        Asked(s.AddExternalContact(organisation="-", held_by=me(visit)), f"{DOOR}/ny"),
        Asked(s.SetMeetingLinks(phone_bridge="-"), f"{DOOR}/moedested"),
    ]
    why_add, why_links = await why_nots(visit, asked)
    meetings = found.parts["meetings"]
    return visit.page(
        "contacts/page.html",
        visit.words.t("contacts.heading"),
        open=[each for each in contacts if not each["closed"]],
        closed=[each for each in contacts if each["closed"]],
        personal=visit.may_do("kontakter/ret"),
        why_add=why_add,
        why_links=why_links,
        place=meeting_place(visit, meetings),
        set_links=meetings["links"] if meetings else None,
        next_meeting=meetings["next_at"] if meetings else None,
        called_out=found.ever_called_out,
        people=await people_to_choose(visit, found.pool, me(visit)),
    )


ADD = Action("kontakter/ny", s.AddExternalContact, page=page, back="/kontakter#liste")
CHANGE = Action("kontakter/ret", s.ChangeExternalContact, page=page, back="/kontakter#liste")
CLOSE = Action("kontakter/luk", s.CloseExternalContact, page=page, back="/kontakter#liste")
MEETING_PLACE = Action("kontakter/moedested", s.SetMeetingLinks, page=page, back="/kontakter#moedested")

PAGES = (
    Page("GET", f"{CRISIS}/kontakter", page),
    *(action.door() for action in (ADD, CHANGE, CLOSE, MEETING_PLACE)),
)
