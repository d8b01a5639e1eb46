"""Guides, the gate: drafts, the seven questions, and the authority's approval of the facts.

Rules: the text comes from the affected authority, written or dictated; a guide that leaves one of the seven
questions unanswered goes no further ("Det ved vi ikke endnu" is an answer); by phone the facts are read back.
"""

from __future__ import annotations

from typing import Literal, assert_never

from ddh_beredskab.core.decider import Recorded, Refused
from ddh_beredskab.core.guides.states import Closed, Draft, NoCrisis, Open, Prepared
from ddh_beredskab.core.playbook import SEVEN_QUESTIONS, Playbooks
from ddh_beredskab.core.role_holders import DDH_ROLES, require_speaking_for_authority
from schemas.base import Actor, Event, Ref
from schemas.guides import (
    ApproveGuideFacts,
    GuideContent,
    GuideDrafted,
    GuideFactsApproved,
    Question,
    WriteGuideDraft,
)


def write_draft(
    state: NoCrisis | Prepared | Open | Closed, input: Recorded[WriteGuideDraft], playbooks: Playbooks
) -> list[Event]:
    """A new draft; gaps are welcome in it, they are filled before it is approved."""
    state = being_prepared(state)
    dictated_to = (*DDH_ROLES, "secretariat")
    require_speaking_for_authority(input.actor, dictated_to, state.holders, state.affected)
    command = input.message
    return [GuideDrafted(draft=state.drafted + 1, content=command.content, note=command.note)]


def approve_facts(
    state: NoCrisis | Prepared | Open | Closed, input: Recorded[ApproveGuideFacts], playbooks: Playbooks
) -> list[Event]:
    """The authority stands by the facts of the draft; when its IT is down, by phone and read back."""
    state = being_prepared(state)
    command, actor = input.message, input.actor
    taken_by_phone = ("communications_lead", "crisis_leader")
    require_speaking_for_authority(actor, taken_by_phone, state.holders, state.affected)
    require_read_back(actor, command.read_back_to)
    draft = waiting_draft(state, command.draft)
    if draft.approved_by is not None:
        raise Refused("facts_already_approved", draft=draft.number, approved_by=draft.approved_by)
    check_gate(draft.content, playbooks)
    return [
        GuideFactsApproved(
            draft=draft.number,
            approved_by=actor.person,
            on_behalf_of=actor.on_behalf_of,
            read_back_to=command.read_back_to,
        )
    ]


def being_prepared(state: NoCrisis | Prepared | Open | Closed) -> Prepared | Open:
    """A guide is written from the forvarsel on, until the crisis ends."""
    match state:
        case Prepared() | Open():
            return state
        case NoCrisis():
            raise Refused("guide_not_opened")
        case Closed():
            raise Refused("guide_closed")
        case _:
            assert_never(state)


def require_read_back(actor: Actor, read_back_to: Ref | None) -> None:
    """Whoever speaks for the authority has read the text back to somebody there."""
    if actor.on_behalf_of is not None and (read_back_to is None or read_back_to == actor.person):
        raise Refused("not_read_back", person=actor.on_behalf_of)


def waiting_draft(state: Prepared | Open, number: int) -> Draft:
    """The draft, if it is still waiting; one that a later version has overtaken is history."""
    if (draft := state.draft(number)) is not None:
        return draft
    if number <= state.drafted:
        raise Refused("guide_draft_overtaken", draft=number)
    raise Refused("guide_draft_unknown", draft=number)


def check_gate(content: GuideContent, playbooks: Playbooks) -> None:
    """The seven questions, what DDH does not answer, and where calls are transferred to."""
    gaps = missing(content)
    unanswered: list[Question] = [question for question in SEVEN_QUESTIONS if question in gaps]
    if unanswered:
        names = playbooks.texts.questions
        raise Refused(
            "guide_missing_answer",
            questions=", ".join(f'"{names.get(question, question)}"' for question in unanswered),
            fields=", ".join(unanswered),
        )
    if "does_not_answer" in gaps:
        raise Refused("guide_missing_scope")
    if "transfer" in gaps:
        raise Refused("guide_missing_transfer")


Asked = Question | Literal["does_not_answer", "transfer"]


def missing(content: GuideContent) -> tuple[Asked, ...]:
    """What the gate would ask for, in the guide's order: the questions without an answer, scope, transfer."""
    gaps: list[Asked] = []
    gaps.extend(question for question in SEVEN_QUESTIONS if not _answer(content, question))
    if not any(line.strip() for line in content.does_not_answer):
        gaps.append("does_not_answer")
    if not any(line.strip() for line in content.transfer):
        gaps.append("transfer")
    return tuple(gaps)


def _answer(content: GuideContent, question: Question) -> str:
    return content.answers[question].strip() if question in content.answers else ""


REFUSALS: tuple[str, ...] = (
    "guide_not_opened",
    "guide_closed",
    "guide_missing_answer",
    "guide_missing_scope",
    "guide_missing_transfer",
    "guide_draft_unknown",
    "guide_draft_overtaken",
    "facts_already_approved",
    "not_read_back",
)
