"""Styregruppens beslutning: the criteria as the form, who is called and who has answered, proposal, vote, and alone.

Rule kept: whoever's turn it is to vote finds the vote on top; what somebody says on the phone is typed for him, and the
page never votes for anybody.
"""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from ddh_beredskab.core.activation.states import Provisional
from ddh_beredskab.projections.phase import RUNNING
from ddh_beredskab.web.acting import Action, with_answer
from ddh_beredskab.web.forms import Fields, filled_in
from ddh_beredskab.web.pages import changes
from ddh_beredskab.web.pages.around import Asked, why_nots
from ddh_beredskab.web.pages.decision_view import (
    Desk,
    answer_due,
    clocks,
    criteria,
    desk_of,
    members_of,
    opening_now,
    somebody_entitled,
    tally,
)
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.visit import Mistake, Visit
from schemas import activation as a
from schemas.base import Command

TERMS = a.DecisionTerms(channels=("contact_centre",))
VOTE = a.CastVote(vote="for", grounds="-")
PROPOSAL = a.ProposeDecision(outcome="activate", terms=TERMS, grounds="-")
ALONE = a.GiveProvisionalActivation(terms=TERMS, grounds="-")
LEVELS: tuple[a.Level, ...] = ("information", "staff", "operation")
CHANNELS: tuple[a.Channel, ...] = ("contact_centre", "chatbot", "voicebot", "sms")


async def page(visit: Visit) -> Response:
    """The decision as it stands, and what whoever looks can do about it."""
    await with_answer(visit)
    desk, situation = await desk_of(visit), visit.situation or {}
    lines = await members_of(visit, desk, situation)
    mine = next((line for line in lines if visit.who and line["person"] == visit.who.person), None)
    why = await _reasons(visit, desk)
    may_speak_for = await _spoken_for(visit, lines) if desk.round is not None else []
    put = situation.get("proposal") if desk.round is not None else None
    return visit.page(
        "decision/page.html",
        visit.words.t("decision.heading"),
        subpage=True,
        kind=desk.state.kind,
        voting=desk.round is not None,
        clocks=clocks(visit, desk),
        tally=tally(visit, desk),
        members=lines,
        calling=next((line for line in lines if line["calling"]), None),
        following=_following(desk, lines),
        answer_due=answer_due(desk, visit.now),
        sees_numbers=visit.may_do("kontaktforsoeg"),
        mine=mine,
        my_turn=bool(put and mine and not mine["vote"] and why["vote"] is None),
        put=put,
        criteria=criteria(visit, situation),
        spoken_for=may_speak_for,
        propose_for=_entitled(visit, lines),
        alone_for=_entitled(visit, lines),
        alone_myself=_alone_as(visit, mine),
        outcomes=_outcomes(visit, desk),
        levels=[(level, visit.words.t(f"level.{level}"), visit.words.t(f"decision.level.{level}")) for level in LEVELS],
        channels=[(channel, visit.words.t(f"channel.{channel}")) for channel in CHANNELS],
        opening=opening_now(visit, situation),
        why=why,
        running=situation.get("phase") in RUNNING,
        change=await changes.view(visit, desk),
        limits=visit.site.playbooks.limits,
    )


async def _reasons(visit: Visit, desk: Desk) -> dict[str, str | None]:
    """Why the moves of this page are not allowed now; null: they are."""
    for_whom = None if "steering_group" in visit.standings else somebody_entitled(visit, desk)
    alone_for = None if visit.standings & {"steering_group", "project_leader"} else for_whom
    moves = {
        "vote": Asked(VOTE, STEM.route),
        "proposal": Asked(PROPOSAL, FORSLAG.route, on_behalf_of=for_whom),
        "alone": Asked(ALONE, FORELOEBIG.route, on_behalf_of=alone_for),
        "again": Asked(a.AskAgain(), RING_IGEN.route),
    }
    found = dict(zip(moves, await why_nots(visit, list(moves.values())), strict=True))
    names = visit.setting.names
    return {name: names.plain(why) if why else None for name, why in found.items()}


async def _spoken_for(visit: Visit, lines: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Members whose vote one may type now: (person, name)."""
    others = [line["person"] for line in lines if not visit.who or line["person"] != visit.who.person]
    whys = await why_nots(visit, [Asked(VOTE, STEM_FOR.route, on_behalf_of=person) for person in others])
    names = visit.setting.names
    return [(person, names.person(person)) for person, why in zip(others, whys, strict=True) if why is None]


def _entitled(visit: Visit, lines: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Members one may type a proposal for: everybody who is not barred but oneself."""
    me, names = visit.who.person if visit.who else "", visit.setting.names
    return [(x["person"], names.person(x["person"])) for x in lines if not x["barred"] and x["person"] != me]


def _alone_as(visit: Visit, mine: dict[str, Any] | None) -> str:
    """What it is called to act for oneself; empty where one only types for others."""
    if mine and not mine["barred"]:
        return visit.words.t("decision.myself")
    return visit.words.t("decision.by_delegation") if "project_leader" in visit.standings else ""


def _following(desk: Desk, lines: list[dict[str, Any]]) -> dict[str, Any] | None:
    return next((line for line in lines if line["next"]), None) if desk.round is not None else None


def _outcomes(visit: Visit, desk: Desk) -> list[tuple[str, str, str]]:
    """What can be proposed: after a provisional activation, to confirm or to reverse it."""
    form = "confirm" if isinstance(desk.state, Provisional) else "propose"
    names = ("activate", "decline") if form == "confirm" else ("activate", "warn", "decline")
    t = visit.words.t
    return [(name, t(f"decision.{form}.{name}"), t(f"decision.{form}.{name}_hint")) for name in names]


# -- forms that say more than their types ----------------------------------------------------------


def _vote_for(visit: Visit, fields: Fields) -> Command | list[Mistake]:
    made, mistakes = filled_in(a.CastVote, fields, visit.words)
    if not fields.get("on_behalf_of"):
        mistakes = [Mistake("on_behalf_of", visit.words.t("decision.for_whom_missing")), *mistakes]
    return made if made is not None and not mistakes else mistakes


STEM = Action("stem", a.CastVote, page=page, back="/beslutning")
STEM_FOR = Action("stem-for", a.CastVote, page=page, back="/beslutning", read=_vote_for)
FORSLAG = Action("forslag", a.ProposeDecision, page=page, back="/beslutning")
FORELOEBIG = Action("foreloebig", a.GiveProvisionalActivation, page=page, back="/beslutning")
KONTAKTFORSOEG = Action("kontaktforsoeg", a.RecordContactAttempt, page=page, back="/beslutning#telefonlisten")
RING_IGEN = Action("ring-igen", a.AskAgain, page=page, back="/beslutning#telefonlisten")

PAGES = (
    Page("GET", "/krise/{environment}/{crisis}/beslutning", page, tab="tab.decision", order=20),
    *(action.door() for action in (STEM, STEM_FOR, FORSLAG, FORELOEBIG, KONTAKTFORSOEG, RING_IGEN)),
    *(action.door() for action in changes.actions(page)),
)
