"""Indmeld hændelse: the leader's own form, and the same for whoever takes the phone call; drafts and the score.

Rules kept: every step works as an ordinary form post, and with our script as one page that is sent once; whoever is on
the phone counts as the one who asked; the advice is worked out on the server and never called a result.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, Response

from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.people import drafts
from ddh_beredskab.playbooks.municipalities import Municipality
from ddh_beredskab.web.acting import id_of
from ddh_beredskab.web.forms import Fields
from ddh_beredskab.web.guard import wants_json
from ddh_beredskab.web.incident_form import (
    CHECK,
    FORM,
    Flow,
    answers_of,
    asked,
    beside,
    check_lines,
    missing,
    planned,
    questions,
    score,
    step_of,
    steps_of,
    title_of,
)
from ddh_beredskab.web.incident_people import callers, municipalities, official_name, own_municipalities
from ddh_beredskab.web.incident_sending import Sent, send
from ddh_beredskab.web.plain_forms import fields_of, text_of
from ddh_beredskab.web.rendering import render
from ddh_beredskab.web.shown_again import mistakes_told
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.visit import Filled, Mistake, Visit
from schemas.activation import Scope

ADDRESS: dict[Flow, str] = {"own": "/indmeld", "phone": "/indmeld/telefon", "open": "/indmeld/uden-log-ind"}
SCOPES: tuple[Scope, ...] = ("municipality", "municipalities", "region", "country")
_NOT_KEPT = ("id", "go", "step", "code")


async def own_form(visit: Visit) -> Response:
    """For a leader of a municipality; those at DDH take the caller's words down instead."""
    assert visit.who is not None
    if not own_municipalities(visit.who):
        return visit.go(f"{ADDRESS['phone']}{visit.setting.query}")
    return await shown(visit, "own")


async def phone_form(visit: Visit) -> Response:
    """The four alarm questions first, while one is talking."""
    return await shown(visit, "phone")


async def draft_page(visit: Visit) -> Response:
    """Go on where one left off."""
    found = await _draft(visit)
    flow: Flow = "phone" if found.kind == "phone" else "own"
    visit.filled = Filled(FORM, Fields([("id", found.id), *found.fields]))
    return await shown(visit, flow, visit.query.get("trin", ""), keep=found.id)


async def drop_draft(visit: Visit) -> Response:
    """Away with it."""
    found = await _draft(visit)
    await visit.site.people.write(lambda conn: drafts.drop(conn, found.id))
    return visit.go(f"{ADDRESS['phone' if found.kind == 'phone' else 'own']}?kladde=slettet")


async def take_own(visit: Visit) -> Response:
    """A step of one's own form, or the whole of it."""
    return await _take(visit, "own")


async def take_phone(visit: Visit) -> Response:
    """A step of what the caller says, or the whole of it."""
    return await _take(visit, "phone")


async def score_now(visit: Visit) -> Response:
    """The advice as the answers stand: a piece of a page, fetched while one chooses."""
    fields = await fields_of(visit)
    html = render(
        "incident/score.html", visit.setting, **score_view(visit, fields, last=text_of(fields, "step") == CHECK)
    )
    return HTMLResponse(html, headers={"Content-Language": visit.language})


async def _take(visit: Visit, flow: Flow) -> Response:
    fields = await fields_of(visit)
    criteria, go, here = visit.site.playbooks.criteria, text_of(fields, "go"), text_of(fields, "step")
    steps = asked(steps_of(flow, criteria), fields, criteria)
    if go == "send":
        if wrong := missing(steps, fields, visit.words):
            return await refilled(visit, flow, fields, wrong)
        return await answered(visit, flow, fields, await send(visit, flow, fields))
    if go not in ("back", "save"):
        wrong = missing([step for step in steps if step.key == here], fields, visit.words)
        if wrong:
            return await refilled(visit, flow, fields, wrong)
    await _save(visit, flow, fields)
    if go == "save":
        return visit.go(f"{ADDRESS[flow]}?kladde=gemt")
    then = beside(steps, here, -1 if go == "back" else 1)
    return visit.go(f"/indmeld/kladde/{id_of(fields)}?trin={then}")


async def refilled(visit: Visit, flow: Flow, fields: Fields, wrong: list[Mistake]) -> Response:
    """The step with the first mistake, as it was filled in."""
    if wants_json(visit.request):
        return mistakes_told(visit, wrong)
    visit.filled = Filled(FORM, fields, wrong)
    criteria = visit.site.playbooks.criteria
    steps = asked(steps_of(flow, criteria), fields, criteria)
    return await shown(visit, flow, step_of(steps, wrong[0].field), status=422)


async def answered(visit: Visit, flow: Flow, fields: Fields, outcome: Sent | list[Mistake]) -> Response:
    """On to the receipt; or what was wrong, or why it was refused."""
    if isinstance(outcome, list):
        return await refilled(visit, flow, fields, outcome)
    if wants_json(visit.request):
        return JSONResponse(outcome.told, 200 if outcome.refused else 202)
    if outcome.refused:
        visit.filled = Filled(FORM, fields, refusal=str(outcome.told["sentence"]))
        return await shown(visit, flow, CHECK, status=409)
    return visit.go(outcome.receipt)


async def shown(visit: Visit, flow: Flow, step: str = "", *, status: int = 200, keep: str = "") -> Response:
    """The form at a step; all the others are in it, hidden."""
    playbooks, fields, who = visit.site.playbooks, visit.filled.values, visit.who
    steps = steps_of(flow, playbooks.criteria)
    through = asked(steps, fields, playbooks.criteria)
    keys = [each.key for each in through]
    here = step if step in keys else keys[0]
    own = own_municipalities(who) if who and flow == "own" else []

    def read(conn: Conn) -> tuple[dict[str, Municipality], list[Any], list[drafts.Draft]]:
        known = municipalities(visit.site.municipalities, conn)
        begun = drafts.drafts_of(conn, flow, who.person if flow == "own" else None) if who else []
        return known, callers(conn, known) if flow == "phone" else [], begun

    known, people, begun = await visit.site.people.read(read)
    labels = _labels(visit, known)
    return visit.page(
        "incident/form.html",
        visit.words.t(f"incident.heading.{flow}"),
        status=status,
        flow=flow,
        form=FORM,
        address=ADDRESS[flow],
        keep=f"indmeld-{keep or flow}",
        draft=keep,
        drafts=[each for each in begun if each.id != keep],
        told=visit.query.get("kladde", ""),
        steps=steps,
        skipped={each.key for each in steps} - set(keys),
        here=here,
        number=keys.index(here) + 1,
        count=len(keys),
        lines=check_lines(list(steps), fields, labels, visit.words),
        kinds=[(kind, page.title) for kind, page in playbooks.kinds.items()],
        municipalities=[each for each in known.values() if not own or each.code in own],
        others=[(each.code, each.name) for each in known.values()],
        official=official_name,
        own=own,
        scopes=SCOPES,
        people=people,
        **score_view(visit, fields, last=here == CHECK),
    )


def score_view(visit: Visit, fields: Fields, *, last: bool) -> dict[str, Any]:
    """What the panel with the advice shows (`last`: no more answers to come); and whether the peak is planned."""
    criteria = visit.site.playbooks.criteria
    assessed, given = score(fields, criteria), answers_of(fields)
    all_questions = questions(criteria)
    answered_now = [question for question in all_questions if question.option(given.get(question.id, ""))]
    scores: list[tuple[str, int | None, list[str]]] = []
    for each in assessed.scores:
        asked_here = criteria.criterion(each.criterion)
        pairs = zip(asked_here.questions, each.reasons, strict=True)
        reasons = [reason for question, reason in pairs if question in answered_now]
        scores.append((asked_here.label, each.points if reasons else None, reasons))
    return {
        "criteria": criteria,
        "planned": planned(fields, criteria),
        "recommendation": criteria.outcomes[assessed.recommendation],
        "answered": len(answered_now),
        "of": len(all_questions),
        "last": last,
        "scores": scores,
    }


def _labels(visit: Visit, known: Mapping[str, Municipality]) -> dict[str, dict[str, str]]:
    """field -> value -> word"""
    playbooks, words = visit.site.playbooks, visit.words
    names = {code: official_name(each) for code, each in known.items()}
    return {
        "kind": {str(kind): page.title for kind, page in playbooks.kinds.items()},
        "municipality": names,
        "others": names,
        "scope": {scope: words.t(f"incident.scope.{scope}") for scope in SCOPES},
        "answers.planned": {option.id: option.label for option in playbooks.criteria.planned.options},
    } | {f"answers.{q.id}": {option.id: option.label for option in q.options} for q in questions(playbooks.criteria)}


async def _save(visit: Visit, flow: Flow, fields: Fields) -> None:
    who, id_ = visit.who, str(id_of(fields))
    assert who is not None
    kept = [(n, v) for n, v in fields.multi_items() if n not in _NOT_KEPT and isinstance(v, str) and v]
    title = title_of(fields, visit.site.playbooks) or visit.words.t("incident.draft.untitled")

    def job(conn: Conn) -> None:
        there = drafts.draft(conn, id_)
        if there is not None and not _may_have(there, who.person, flow):
            raise HTTPException(404)
        drafts.save(conn, id_, who.person, flow, title, kept)

    await visit.site.people.write(job)


async def _draft(visit: Visit) -> drafts.Draft:
    """The draft in the path, if one may have it; whoever takes calls may go on with a colleague's call."""
    assert visit.who is not None
    found = await visit.site.people.read(lambda conn: drafts.draft(conn, str(visit.request.path_params["draft"])))
    flow: Flow = "phone" if found and found.kind == "phone" else "own"
    right = visit.may(f"POST {ADDRESS[flow]}")
    if found is None or found.sent or not right or not _may_have(found, visit.who.person, flow):
        raise HTTPException(404)
    return found


def _may_have(found: drafts.Draft, person: str, flow: Flow) -> bool:
    return found.kind == flow and (flow == "phone" or found.owner == person)


PAGES = (
    Page("GET", "/indmeld", own_form, nav="nav.incident", order=20),
    Page("POST", "/indmeld", take_own),
    Page("GET", "/indmeld/telefon", phone_form),
    Page("POST", "/indmeld/telefon", take_phone),
    Page("GET", "/indmeld/kladde/{draft}", draft_page),
    Page("POST", "/indmeld/kladde/{draft}/slet", drop_draft),
    Page("POST", "/indmeld/vurdering", score_now),
)
