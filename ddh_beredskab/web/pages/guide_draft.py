"""The draft of the guide: local facts, the seven questions, what DDH does not answer, Omstilling, answers by topic.

Rules kept: "Det ved vi ikke endnu" is one press; whoever writes while somebody else saved a draft keeps his own text
and gets the other's; the preview is what agents will see; what is typed is kept.
"""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError
from starlette.responses import Response

from ddh_beredskab.core.guide_template import resolved
from ddh_beredskab.core.guides.states import NoCrisis
from ddh_beredskab.core.playbook import SEVEN_QUESTIONS
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.projections.documents import document
from ddh_beredskab.projections.guide_in_force import GUIDE_IN_FORCE
from ddh_beredskab.projections.read_model import Json
from ddh_beredskab.web import guide_editor as editor
from ddh_beredskab.web.acting import CRISIS, Action
from ddh_beredskab.web.forms import Fields, FormTooLarge, filled_in, read_fields
from ddh_beredskab.web.guide_board import authority_of, guide_state, in_force_content, kind_of
from ddh_beredskab.web.guide_forms import on_the_phone, route, speaks_itself
from ddh_beredskab.web.guide_merge import Merged, merged
from ddh_beredskab.web.guide_texts import State, begin, holes, labels, latest_draft, values_of, written
from ddh_beredskab.web.people_here import authority_people
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.visit import Filled, Mistake, Visit
from schemas import guides as g
from schemas.base import Command
from schemas.guides import GuideContent

NAME = "guide/kladde"
AREA = f"{CRISIS}/{NAME}"
BEFORE = "before"
"""The draft one began with, when another has been saved since."""


async def drafting(visit: Visit) -> Response:
    """The form, begun with the latest draft, the version in force, or the playbook's template."""
    crisis = visit.crisis
    doc = await visit.environment.read(lambda conn: document(conn, GUIDE_IN_FORCE, crisis)) or {}
    state, kind, playbooks = await guide_state(visit), kind_of(visit), visit.site.playbooks
    now = in_force_content(doc)
    raw, values = begin(state, now, playbooks, kind, authority_of(visit))
    clash = await _clash(visit, state, raw, values)
    typed = _typed(visit)
    content = typed or resolved(playbooks.texts, raw, values)
    texts, people = written(raw), await authority_people(visit)
    by_phone = not speaks_itself(visit, "kladde")
    speaker: dict[str, Any] = {"on_behalf_of": people[0].ref if people else None} if by_phone else {}
    known = labels(playbooks, kind, visit.words)
    topics = [topic for topic in playbooks.kinds[kind].topics if not topic.press]
    return visit.page(
        "guide/draft.html",
        visit.words.t("guides.draft_heading", number=state.drafted + 1),
        subpage=True,
        based_on=state.drafted,
        clash=clash,
        newest=doc.get("draft"),
        texts=texts,
        labels=known | {"next_update_at": visit.words.t("guides.next_update_at")},
        questions=[(question, known[f"answers.{question}"]) for question in SEVEN_QUESTIONS],
        topics=[(topic.key, topic.label) for topic in topics],
        content=raw,
        variables=editor.variables(visit, raw, values),
        begun_from="draft" if latest_draft(state) else "version" if doc.get("content") else "template",
        unknown=editor.unknown_answer(),
        holes=[(field, found) for field, text in written(content).items() if (found := holes(playbooks.texts, text))],
        view=editor.preview(visit, content, now, doc),
        advice=editor.advice_for(visit, content, now),
        by_phone=by_phone,
        speak_for=people,
        why=await visit.why_not(g.WriteGuideDraft(content=content), route("kladde"), **speaker),
    )


async def look(visit: Visit) -> Response:
    """The same form with its preview and advice; nothing is stored."""
    try:
        fields = await read_fields(visit.request)
    except FormTooLarge:
        return await drafting(visit)
    visit.filled = Filled(NAME, await _kept(visit, await guide_state(visit), fields))
    return await drafting(visit)


def _typed(visit: Visit) -> GuideContent | None:
    """The content as it stands in the form, when one was sent."""
    if visit.filled.name != NAME:
        return None
    try:
        return editor.content_of(visit.site.playbooks, visit.filled.values)
    except ValidationError:
        return None


async def _read(visit: Visit, fields: Fields) -> Command | list[Mistake]:
    mistakes = on_the_phone(visit, fields, "kladde")
    state = await guide_state(visit)
    if _based_on(fields) < state.drafted:
        mistakes.append(Mistake("based_on", visit.words.t("guides.overtaken", number=state.drafted)))
        visit.filled = Filled(NAME, await _kept(visit, state, fields))
    try:
        content = editor.content_of(visit.site.playbooks, fields)
    except ValidationError:
        return [*mistakes, Mistake("", visit.words.t("form.too_long", limit="20000"))]
    made, wrong = filled_in(g.WriteGuideDraft, fields, visit.words, content=content)
    mistakes += wrong
    return made if made is not None and not mistakes else mistakes


def _based_on(fields: Fields) -> int:
    text = str(fields.get("based_on", ""))
    return int(text) if text.isdecimal() else -1


async def _kept(visit: Visit, state: State, fields: Fields) -> Fields:
    """The form as it goes on: with what somebody else saved meanwhile, where one has not written oneself."""
    based_on = _based_on(fields)
    if based_on >= state.drafted:
        return fields
    try:
        mine = editor.as_fields(editor.raw_of(fields), editor.values_of(fields))
    except ValidationError:
        return fields
    found = await _against(visit, state, max(based_on, 0), mine)
    return editor.replaced(fields, found.fields | {BEFORE: str(max(based_on, 0)), "based_on": str(state.drafted)})


async def _clash(visit: Visit, state: State, raw: GuideContent, values: dict[str, str]) -> Merged | None:
    """What somebody else changed since one began, to be told beside the fields."""
    before = str(visit.filled.value(NAME, BEFORE, ""))
    if not before.isdecimal() or int(before) >= state.drafted:
        return None
    try:
        mine = editor.as_fields(editor.raw_of(visit.filled.values), editor.values_of(visit.filled.values))
    except ValidationError:
        return None
    return await _against(visit, state, int(before), mine, theirs=editor.as_fields(raw, values))


async def _against(
    visit: Visit, state: State, before: int, mine: dict[str, str], theirs: dict[str, str] | None = None
) -> Merged:
    kind, playbooks, crisis = kind_of(visit), visit.site.playbooks, visit.crisis
    authority = authority_of(visit)

    def look(conn: Conn) -> tuple[GuideContent | None, Json]:
        return editor.draft_in(conn, crisis, before), document(conn, GUIDE_IN_FORCE, crisis) or {}

    old, doc = await visit.environment.read(look)
    now = in_force_content(doc)
    if theirs is None:
        theirs = editor.as_fields(*begin(state, now, playbooks, kind, authority))
    was = editor.as_fields(*_begun_with(visit, old or (now if not before else None)))
    return merged(was, theirs, mine)


def _begun_with(visit: Visit, content: GuideContent | None) -> tuple[GuideContent, dict[str, str]]:
    kind, playbooks = kind_of(visit), visit.site.playbooks
    raw, _ = begin(NoCrisis(), content, playbooks, kind, authority_of(visit))
    return raw, values_of(playbooks.kinds[kind], authority_of(visit), content)


WRITE = Action(NAME, g.WriteGuideDraft, page=drafting, back="/guide", read=_read)

PAGES = (Page("GET", AREA, drafting), Page("POST", f"{AREA}/vis", look), WRITE.door())
