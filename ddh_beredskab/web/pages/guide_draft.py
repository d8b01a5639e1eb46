"""The draft of the guide: the seven questions, what DDH does not answer, Omstilling, answers by topic.

Rules kept: "Det ved vi ikke endnu" is one press; whoever writes while somebody else saved a draft sees the other's text
before his own goes over it; what is typed is kept.
"""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from ddh_beredskab.core.playbook import SEVEN_QUESTIONS
from ddh_beredskab.projections.documents import document
from ddh_beredskab.projections.guide_in_force import GUIDE_IN_FORCE
from ddh_beredskab.projections.read_model import Json
from ddh_beredskab.web.acting import CRISIS, Action
from ddh_beredskab.web.forms import Fields, filled_in, instant_of
from ddh_beredskab.web.guide_board import authority_of, guide_state, in_force_content, kind_of
from ddh_beredskab.web.guide_forms import on_the_phone, route, speaks_itself
from ddh_beredskab.web.guide_texts import begin, flat, holes, labels, latest_draft
from ddh_beredskab.web.people_here import authority_people
from ddh_beredskab.web.rendering import words_in
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.visit import Mistake, Visit
from schemas import guides as g
from schemas.base import Command

NAME = "guide/kladde"
AREA = f"{CRISIS}/{NAME}"


async def drafting(visit: Visit) -> Response:
    """The form, begun with the latest draft, the version in force, or the playbook's template."""
    crisis = visit.crisis
    doc = await visit.environment.read(lambda conn: document(conn, GUIDE_IN_FORCE, crisis)) or {}
    state, kind, playbooks = await guide_state(visit), kind_of(visit), visit.site.playbooks
    content = begin(state, in_force_content(doc), playbooks, kind, authority_of(visit))
    texts, people = flat(content), await authority_people(visit)
    by_phone = not speaks_itself(visit, "kladde")
    speaker: dict[str, Any] = {"on_behalf_of": people[0].ref if people else None} if by_phone else {}
    known = labels(playbooks, kind, visit.words)
    topics = [topic for topic in playbooks.kinds[kind].topics if not topic.press]
    return visit.page(
        "guide/draft.html",
        visit.words.t("guides.draft_heading", number=state.drafted + 1),
        subpage=True,
        based_on=state.drafted,
        overtaken=_overtaken(visit, state.drafted),
        newest=doc.get("draft"),
        texts=texts,
        labels=known,
        questions=[(question, known[f"answers.{question}"]) for question in SEVEN_QUESTIONS],
        topics=[(topic.key, topic.label) for topic in topics],
        content=content,
        begun_from="draft" if latest_draft(state) else "version" if doc.get("content") else "template",
        unknown=unknown_answer(),
        holes=[(field, holes(playbooks.texts, text)) for field, text in texts.items() if holes(playbooks.texts, text)],
        by_phone=by_phone,
        speak_for=people,
        why=await visit.why_not(g.WriteGuideDraft(content=content), route("kladde"), **speaker),
    )


def unknown_answer() -> str:
    """ "Det ved vi ikke endnu": what stands in the guide, so always in Danish."""
    return words_in("da").t("guides.unknown_answer")


async def _read(visit: Visit, fields: Fields) -> Command | list[Mistake]:
    mistakes = on_the_phone(visit, fields, "kladde")
    state = await guide_state(visit)
    based_on = str(fields.get("based_on", ""))
    if not based_on.isdecimal() or int(based_on) < state.drafted:
        mistakes.append(Mistake("based_on", visit.words.t("guides.overtaken", number=state.drafted)))
    made, wrong = filled_in(g.WriteGuideDraft, fields, visit.words, content=content_of(fields))
    mistakes += wrong
    return made if made is not None and not mistakes else mistakes


def content_of(fields: Fields) -> Json:
    """The content a form holds: a question answered with the press of a button, lists one line each."""
    answers: dict[str, str] = {}
    for question in SEVEN_QUESTIONS:
        said = str(fields.get(f"content.answers.{question}", ""))
        answers[question] = unknown_answer() if fields.get(f"unknown.{question}") else said
    prefix = "content.by_topic."
    topics = {name.removeprefix(prefix): str(fields[name]) for name in fields if name.startswith(prefix)}
    return {
        "answers": {question: text for question, text in answers.items() if text},
        "does_not_answer": _lines(fields, "content.does_not_answer"),
        "transfer": _lines(fields, "content.transfer"),
        "duty_number": str(fields.get("content.duty_number", "")),
        "by_topic": {topic: text for topic, text in topics.items() if text},
        "english": str(fields.get("content.english", "")),
        "next_update_at": instant_of(str(fields.get("content.next_update_at", ""))),
    }


def _lines(fields: Fields, name: str) -> list[str]:
    return [line.strip() for line in str(fields.get(name, "")).split("\n") if line.strip()]


def _overtaken(visit: Visit, drafted: int) -> bool:
    """Whether somebody saved a draft while this form was filled in."""
    based_on = str(visit.filled.value(NAME, "based_on", ""))
    return based_on.isdecimal() and int(based_on) < drafted


WRITE = Action(NAME, g.WriteGuideDraft, page=drafting, back="/guide", read=_read)

PAGES = (Page("GET", AREA, drafting), WRITE.door())
