"""Kommunens situationsbillede: received by form, as a text file, or dictated by phone; and its clock.

Rules kept: it is the authority's word and shown as that, apart from DDH-status; every version stays, with who sent it,
how it came and who took it; what is for the staff alone is shown to the staff and the authority alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import Response

from ddh_beredskab.projections.read_model import Json
from ddh_beredskab.projections.staff_room import staff_room
from ddh_beredskab.projections.staff_room.statuses import version_of
from ddh_beredskab.web.acting import CRISIS, Action, with_answer
from ddh_beredskab.web.forms import Fields, filled_in
from ddh_beredskab.web.people_here import Somebody, authority_register
from ddh_beredskab.web.picture_text import LONGEST, NoText, headings_of, text_of_file
from ddh_beredskab.web.rendering import words_in
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.visit import AUTHORITY_READERS, Mistake, Visit
from ddh_beredskab.web.word_diff import FieldChange, field_changes
from schemas.base import Command
from schemas.crisis_staff import AgreeAuthorityStatus, ReceiveSituationPicture

AREA = f"{CRISIS}/situation"
OWN_HEADINGS = 2


async def situation(visit: Visit) -> Response:
    """Both pictures side by side, theirs and ours, each with its clock."""
    await with_answer(visit)
    crisis = visit.crisis
    found = await visit.environment.read(lambda conn: staff_room(conn, crisis, "pictures", "statuses", "meetings"))
    pictures, statuses = found["pictures"], found["statuses"]
    received = _pictures(pictures)
    hours = pictures["agreed_hours"] if pictures else 0
    agree = AgreeAuthorityStatus(hours=hours + 1 if hours < 24 else 1)
    latest = received[-1] if received else None
    return visit.page(
        "situation/situation.html",
        visit.words.t("situation.heading"),
        subpage=True,
        clock=pictures,
        latest=latest,
        shown=shown(visit, latest["headings"]) if latest else {},
        earlier=list(reversed(received[:-1])),
        receive_why=await visit.why_not(_sample(visit), RECEIVE.route),
        agree_why=await visit.why_not(agree, AGREE.route),
        usual_hours=visit.site.playbooks.limits.authority_status_hours,
        statuses=statuses,
        approved=version_of(statuses, statuses["approved"]) if statuses else None,
        newest=version_of(statuses, statuses["latest"]) if statuses else None,
        status_labels={each.key: each.label for each in visit.site.playbooks.status.ddh_status},
        next_at=found["meetings"]["next_at"] if found["meetings"] else None,
        before_minutes=visit.site.playbooks.limits.ddh_status_before_meeting_minutes,
    )


async def receiving(visit: Visit) -> Response:
    """The form: by its headings, or a text file or pasted text."""
    crisis = visit.crisis
    found = await visit.environment.read(lambda conn: staff_room(conn, crisis, "pictures"))
    received = _pictures(found["pictures"])
    earlier: dict[str, str] = {}
    if visit.query.get("fra") == "sidste" and received:
        earlier = received[-1]["headings"]
    forms = visit.site.playbooks.status.situation_picture
    fields = [{"label": h.label, "hint": h.hint, "text": earlier.get(h.label, "")} for h in forms]
    own = [{"label": label, "text": text} for label, text in earlier.items() if label not in {h.label for h in forms}]
    own += [{"label": "", "text": ""}] * OWN_HEADINGS
    people = await _senders(visit)
    return visit.page(
        "situation/receive.html",
        visit.words.t("situation.receive_heading"),
        subpage=True,
        fields=fields,
        own=own,
        people=people,
        of_authority=of_authority(visit),
        sender=people[0].ref if people else "",
        has_earlier=bool(received),
        why=await visit.why_not(_sample(visit), RECEIVE.route),
    )


async def picture(visit: Visit) -> Response:
    """One version, and what is different from the one before."""
    crisis, asked = visit.crisis, str(visit.request.path_params["number"])
    found = await visit.environment.read(lambda conn: staff_room(conn, crisis, "pictures"))
    received = _pictures(found["pictures"])
    index = next((i for i, each in enumerate(received) if str(each["number"]) == asked), None)
    if index is None:
        raise HTTPException(404)
    this, before = received[index], received[index - 1] if index else None
    return visit.page(
        "situation/picture.html",
        visit.words.t("situation.picture_heading", number=this["number"]),
        subpage=True,
        picture=this,
        before=before,
        changes=picture_changes(visit, before, this),
        last=len(received),
    )


def picture_changes(visit: Visit, before: Json | None, this: Json) -> list[FieldChange]:
    """Heading by heading; one that is not there this time was not taken back, so it is left to the version before."""
    old = shown(visit, before["headings"]) if before else None
    new = shown(visit, this["headings"])
    order = [heading.label for heading in visit.site.playbooks.status.situation_picture]
    return [each for each in field_changes(old, new, order) if each.change != "gone"]


def shown(visit: Visit, headings: dict[str, str]) -> dict[str, str]:
    """What one may read of a picture."""
    if visit.audience != "everyone":
        return headings
    hidden = {heading.label for heading in visit.site.playbooks.status.situation_picture if heading.restricted}
    return {label: text for label, text in headings.items() if label not in hidden}


def of_authority(visit: Visit) -> bool:
    """Whether one sends the authority's own picture, as one of its people."""
    return bool(visit.standings & AUTHORITY_READERS)


def _pictures(doc: Json | None) -> list[Json]:
    return doc["pictures"] if doc else []


async def _senders(visit: Visit) -> Sequence[Somebody]:
    return [] if of_authority(visit) else await authority_register(visit)


def _sample(visit: Visit) -> ReceiveSituationPicture:
    assert visit.who is not None
    me = visit.who.person
    return ReceiveSituationPicture(sender=me, received_by=me, by="form", headings={"-": "-"})


def _circumstances(visit: Visit, fields: Fields, by: str) -> dict[str, Any]:
    """Who sent it and who took it: whoever is of the authority sends it himself."""
    assert visit.who is not None
    me = visit.who.person
    if of_authority(visit):
        log_keeper = visit.in_crisis.holders.get("log_keeper") if visit.in_crisis else None
        return {"sender": me, "received_by": log_keeper or me, "by": by}
    return {"sender": str(fields.get("sender", "")), "received_by": me, "by": by}


def _from_form(visit: Visit, fields: Fields) -> Command | list[Mistake]:
    """heading.0 and text.0, heading.1 and text.1 ..."""
    headings: dict[str, str] = {}
    mistakes: list[Mistake] = []
    for name in fields:
        number = name.removeprefix("text.")
        text = str(fields[name])
        if not name.startswith("text.") or not text:
            continue
        label = str(fields.get(f"heading.{number}", ""))
        if not label or label in headings:
            mistakes.append(Mistake(f"heading.{number}", visit.words.t("situation.heading_missing")))
        elif len(text) > LONGEST:
            mistakes.append(Mistake(name, visit.words.t("form.too_long", limit=LONGEST)))
        headings[label] = text
    by = "form" if of_authority(visit) else str(fields.get("by") or "phone")
    return _command(visit, fields, by, headings, mistakes, "text.0")


async def _from_text(visit: Visit, fields: Fields) -> Command | list[Mistake]:
    """A text file, or what was pasted."""
    text, mistakes = str(fields.get("paste", "")), list[Mistake]()
    file = fields.get("file")
    if isinstance(file, UploadFile) and file.filename:
        read = text_of_file(file.filename, await file.read())
        if isinstance(read, NoText):
            mistakes.append(Mistake("file", visit.words.t(read.key)))
        else:
            text = f"{read}\n\n{text}".strip()
    if not text and not mistakes:
        mistakes.append(Mistake("paste", visit.words.t("situation.nothing_given")))
    forms = visit.site.playbooks.status.situation_picture
    headings = headings_of(text, [h.label for h in forms], words_in("da").t("situation.whole"))
    if any(len(part) > LONGEST for part in headings.values()):
        mistakes.append(Mistake("paste", visit.words.t("form.too_long", limit=LONGEST)))
    return _command(visit, fields, "upload", headings, mistakes, "paste")


def _command(
    visit: Visit, fields: Fields, by: str, headings: dict[str, str], mistakes: list[Mistake], first: str
) -> Command | list[Mistake]:
    if not headings and not mistakes:
        mistakes.append(Mistake(first, visit.words.t("situation.nothing_given")))
    given = _circumstances(visit, fields, by)
    if not given["sender"]:
        mistakes.append(Mistake("sender", visit.words.t("form.choose")))
    if mistakes:
        return mistakes
    made, wrong = filled_in(ReceiveSituationPicture, Fields([]), visit.words, headings=headings, **given)
    return made if made is not None else wrong


RECEIVE = Action("situation/billede", ReceiveSituationPicture, page=receiving, back="/situation", read=_from_form)
UPLOAD = Action("situation/fil", ReceiveSituationPicture, page=receiving, back="/situation", read=_from_text)
AGREE = Action("situation/aftale", AgreeAuthorityStatus, page=situation, back="/situation")

PAGES = (
    Page("GET", AREA, situation, tab="tab.situation", order=40),
    Page("GET", f"{AREA}/billede", receiving),
    Page("GET", f"{AREA}/billede/{{number}}", picture),
    RECEIVE.door(),
    UPLOAD.door(),
    AGREE.door(),
)
