"""What was reported, in a crisis: the answers, the advice, more answers later, and ringing back.

Rule kept: the number one rings back on is one we knew beforehand; the number given in the form is shown as just that.
"""

from __future__ import annotations

from starlette.responses import Response

from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.people.identity import BY_MUNICIPALITY
from ddh_beredskab.people.register import channels, positions
from ddh_beredskab.projections.read_model import Json
from ddh_beredskab.web.acting import Action, with_answer
from ddh_beredskab.web.forms import Fields, filled_in
from ddh_beredskab.web.incident_form import answers_of, questions
from ddh_beredskab.web.incident_people import Number, municipalities, numbers, official_name
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.views import role_name
from ddh_beredskab.web.visit import Mistake, Visit
from schemas.activation import ConfirmIncident, RejectIncident, SupplementIncident
from schemas.base import Command

BACK = "/indmelding"
_ASIDE = ConfirmIncident(reached="-", number_called="-")
"""Asks whether ringing back is awaited at all."""


async def report_page(visit: Visit) -> Response:
    """The report in full, with what one may do about it."""
    await with_answer(visit)
    playbooks = visit.site.playbooks
    situation: Json = visit.situation or {}
    authority: Json = situation.get("authority") or {}
    report: Json = situation.get("report") or {}
    affected: list[str] = list(authority.get("affected", ()))

    def read(conn: Conn) -> tuple[list[Number], str, dict[str, str]]:
        leaders = [
            (p.role, p.person) for p in positions(conn) if p.role in BY_MUNICIPALITY and p.municipality in affected
        ]
        given = next(
            (c.value for c in channels(conn) if (c.person, c.channel) == (report.get("asked_by"), "phone")), ""
        )
        known = municipalities(visit.site.municipalities, conn)
        return numbers(conn, leaders), given, {code: official_name(each) for code, each in known.items()}

    known, given, names = await visit.site.people.read(read)
    may_ring_back = visit.may_do("bekraeft-indmelding")
    confirm_why = await visit.why_not(_ASIDE, CONFIRM.route) if may_ring_back else None
    reject_why = await visit.why_not(RejectIncident(reason="-"), REJECT.route) if may_ring_back else None
    more_why = await visit.why_not(SupplementIncident(answers={}), MORE.route) if visit.may(MORE.route) else None
    return visit.page(
        "incident/report.html",
        visit.words.t("incident.report.heading"),
        subpage=True,
        report=report,
        affected=[names.get(code, code) for code in affected],
        kind=next((page.title for key, page in playbooks.kinds.items() if key == situation.get("kind")), ""),
        criteria=playbooks.criteria,
        questions=questions(playbooks.criteria),
        score=situation.get("score"),
        known=[(each, role_name(playbooks, each.role)) for each in known if each.person != report.get("asked_by")],
        given=given,
        confirm_why=confirm_why,
        reject_why=reject_why,
        more_why=more_why,
    )


def _more(visit: Visit, fields: Fields) -> Command | list[Mistake]:
    made, mistakes = filled_in(SupplementIncident, fields, visit.words, answers=answers_of(fields))
    return made if made is not None else mistakes


CONFIRM = Action("bekraeft-indmelding", ConfirmIncident, report_page, BACK)
REJECT = Action("afvis-indmelding", RejectIncident, report_page, BACK)
MORE = Action("mere-om-haendelsen", SupplementIncident, report_page, BACK, _more)

PAGES = (
    Page("GET", "/krise/{environment}/{crisis}/indmelding", report_page),
    CONFIRM.door(),
    REJECT.door(),
    MORE.door(),
)
