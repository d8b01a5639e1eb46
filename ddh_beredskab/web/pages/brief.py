"""The brief before the shift: the guide in force in under three minutes, two questions, and *Læst og forstået*.

Rules kept: right answers are shown and explained, wrong ones may be tried again and are kept nowhere; a version that
was replaced while somebody read is not understood by reading the old one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from starlette.exceptions import HTTPException
from starlette.responses import Response

from ddh_beredskab.core.guide_template import fixed_lines
from ddh_beredskab.core.playbook import ControlQuestion, Playbook
from ddh_beredskab.journal.clock_row import clock_now
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.people import briefing, shifts
from ddh_beredskab.people.briefing import Brief
from ddh_beredskab.projections.documents import document
from ddh_beredskab.projections.guide_in_force import GUIDE_IN_FORCE
from ddh_beredskab.projections.read_model import Json, instant
from ddh_beredskab.web.forms import Fields
from ddh_beredskab.web.guide_board import authority_of, kind_of
from ddh_beredskab.web.guide_texts import holes, labels
from ddh_beredskab.web.pages.shift import DESK, desk_of, form_of, too_large, write
from ddh_beredskab.web.rendering import words_in
from ddh_beredskab.web.shown_again import again
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.visit import Mistake, Visit

FORM = "brief"
AREA = f"{DESK}/brief/{{crisis}}"


@dataclass(frozen=True, slots=True)
class Own:
    """How the reader stands."""

    guide: Json | None
    read: dict[int, datetime]
    on_shift: datetime | None


async def brief(visit: Visit) -> Response:
    """The brief of the version in force; once it is understood, the right answers and the way to the shift."""
    own = await _own(visit)
    made = _made(visit, own)
    return visit.page(
        "brief/page.html",
        visit.words.t("brief.heading"),
        brief=made,
        labels=labels(visit.site.playbooks, kind_of(visit), visit.words),
        topic_labels={topic.key: topic.label for topic in _playbook(visit).topics},
        questions=_playbook(visit).control_questions,
        read_at=own.read.get(made.version) if made else None,
        read_before=max(own.read, default=None),
        on_shift=own.on_shift,
        desk=desk_of(visit),
        most=briefing.MOST_MINUTES,
    )


async def understand(visit: Visit) -> Response:
    """*Læst og forstået*, when both questions are answered right."""
    if (fields := await form_of(visit)) is None:
        return too_large(visit)
    who = visit.who
    assert who is not None
    made = _made(visit, await _own(visit))
    if made is None:
        raise HTTPException(404)
    if mistakes := _mistakes(visit, fields, made):
        return await again(visit, FORM, fields, mistakes, brief)
    crisis, version = visit.crisis, made.version
    await write(
        visit.environment,
        lambda conn: briefing.understood(conn, crisis, version, who.person, who.municipality, clock_now(conn)),
    )
    return visit.go(f"{desk_of(visit)}/brief/{crisis}#laest")


def _mistakes(visit: Visit, fields: Fields, made: Brief) -> list[Mistake]:
    if str(fields.get("version", "")) != str(made.version):
        return [Mistake("", visit.words.t("brief.newer"))]
    found: list[Mistake] = []
    for index, asked in enumerate(_playbook(visit).control_questions):
        given = str(fields.get(f"answer.{index}", ""))
        if not given:
            found.append(Mistake(f"answer.{index}", visit.words.t("brief.answer_missing", question=asked.question)))
        elif not is_right(asked, given):
            found.append(Mistake(f"answer.{index}", visit.words.t("brief.answer_wrong", question=asked.question)))
    if not found and not fields.get("read"):
        found.append(Mistake("read", visit.words.t("brief.tick")))
    return found


def is_right(asked: ControlQuestion, given: str) -> bool:
    """Whether an answer, as the form gives it, is the right one."""
    return given == str(asked.right)


async def _own(visit: Visit) -> Own:
    who, crisis = visit.who, visit.crisis
    assert who is not None

    def look(conn: Conn) -> Own:
        return Own(
            document(conn, GUIDE_IN_FORCE, crisis),
            briefing.read_at(conn, crisis, who.person),
            shifts.on_shift_since(conn, who.person, clock_now(conn)),
        )

    return await visit.environment.read(look)


def _made(visit: Visit, own: Own) -> Brief | None:
    """The brief; null while agents have no guide to use."""
    if own.guide is None or own.guide["state"] not in briefing.IN_FORCE:
        return None
    playbook, texts = _playbook(visit), visit.site.playbooks.texts
    content: Json = own.guide.get("content") or {}
    facts: dict[str, str] = content.get("variables") or {}
    known = {"kommune": authority_of(visit)} | facts
    lines = [line for line in fixed_lines(texts, playbook, known) if not holes(texts, line)]
    return briefing.brief_of(
        own.guide, lines, [topic.key for topic in playbook.topics if not topic.press], _facts(visit)
    )


def _facts(visit: Visit) -> list[str]:
    """Whose crisis it is and since when, what is aimed at, and until when DDH is open besides; always in Danish."""
    words, situation = words_in("da"), visit.situation or {}
    terms: Json = situation.get("terms") or {}
    opening: list[Json] = terms.get("opening") or []
    facts = [words.t("brief.fact.authority", authority=authority_of(visit))] if authority_of(visit) else []
    if since := situation.get("activated_at"):
        facts.append(words.t("brief.fact.since", moment=words.moment(since, visit.now)))
    if target := str(terms.get("service_target") or "").strip():
        facts.append(words.t("brief.fact.target", target=target.rstrip(".")))
    return facts + [
        words.t("brief.fact.open", until=words.moment(each["closes_at"], visit.now))
        for each in opening
        if instant(each["opens_at"]) <= visit.now < instant(each["closes_at"])
    ]


def _playbook(visit: Visit) -> Playbook:
    return visit.site.playbooks.kinds[kind_of(visit)]


PAGES = (Page("GET", AREA, brief), Page("POST", AREA, understand))
