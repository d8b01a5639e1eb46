"""The participants' survey: one minute on a phone, three questions and the part one played; no name is kept.

Rules kept: whoever has answered is known by a cookie of this drill alone, which says nothing else; the same form sent
twice is one answer.
"""

from __future__ import annotations

from starlette.responses import Response

from ddh_beredskab.drills import survey
from ddh_beredskab.drills.plan import Plan
from ddh_beredskab.people.identity import roles_anywhere
from ddh_beredskab.web.acting import id_of
from ddh_beredskab.web.evaluation_reading import head_here
from ddh_beredskab.web.exercise_shelf import shelf_of
from ddh_beredskab.web.plain_forms import fields_of, text_of
from ddh_beredskab.web.shown_again import again
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.visit import Mistake, Visit

AREA = "/oevelse/{environment}/spoergeskema"
DAYS = 60


async def page(visit: Visit) -> Response:
    """The questions, or thanks."""
    head = await head_here(visit)
    return visit.page(
        "evaluation/survey.html",
        visit.words.t("survey.heading"),
        where=f"/oevelse/{visit.environment.name}/spoergeskema",
        name=head.title or head.recording,
        answered=_cookie(visit) in visit.request.cookies,
        thanks=visit.query.get("gjort") == "svar",
        part=await _likely(visit, head.plan),
        parts=survey.PARTS,
        longest=survey.LONGEST,
    )


async def take(visit: Visit) -> Response:
    """An answer."""
    await head_here(visit)
    fields = await fields_of(visit)
    well, less, part = (text_of(fields, name).strip() for name in ("well", "less", "part"))
    prepared = text_of(fields, "prepared")
    wrong: list[Mistake] = []
    chosen = part if part in survey.PARTS else None
    if chosen is None:
        wrong.append(Mistake("part", visit.words.t("form.choose")))
    if prepared not in ("", "1", "2", "3", "4", "5"):
        wrong.append(Mistake("prepared", visit.words.t("form.choose")))
    if not (well or less or prepared):
        wrong.append(Mistake("well", visit.words.t("survey.empty")))
    for name, text in (("well", well), ("less", less)):
        if len(text) > survey.LONGEST:
            wrong.append(Mistake(name, visit.words.t("eval.text_long", most=visit.words.number(survey.LONGEST))))
    if wrong or chosen is None:
        return await again(visit, "survey", fields, wrong, page)
    where = f"/oevelse/{visit.environment.name}/spoergeskema"
    if _cookie(visit) not in visit.request.cookies:
        id_ = str(id_of(fields))
        score = int(prepared) if prepared else None
        await visit.environment.database.write(lambda conn: survey.answer(conn, id_, chosen, well, less, score))
    response = visit.go(where, gjort="svar")
    secure = visit.request.url.scheme == "https"
    response.set_cookie(
        _cookie(visit), "1", max_age=DAYS * 86_400, httponly=True, samesite="lax", secure=secure, path=where
    )
    return response


def _cookie(visit: Visit) -> str:
    """Known on this page's path alone."""
    return f"svaret-{visit.environment.name}"


async def _likely(visit: Visit, plan: Plan | None) -> str:
    """The part one plays by the plan, else that of the first role one has; only a suggestion on the page."""
    casting = await shelf_of(visit.site.drills).casting(plan) if plan and visit.site.drills else None
    me = visit.who.person if visit.who else ""
    for each in casting.withheld if casting else ():
        if each.actor.person == me:
            return survey.part_of(each.actor.role)
    roles = roles_anywhere(visit.who)
    return survey.part_of(roles[0]) if roles else "call_agent"


PAGES = (
    Page("GET", AREA, page),
    Page("POST", AREA, take),
)
