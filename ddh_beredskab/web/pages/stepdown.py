"""Nedtrapning, afslutning og vedvarende drift: facts, steps both sides agree to, closing with what follows, reopening.

Rule kept: what is still missing for the next move is said in words, with who can give it; nothing is closed by this
page that the decider would not close.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from babel.lists import format_list
from starlette.responses import Response

from ddh_beredskab.core.activation.states import ActivationState, Active, SteppingDown
from ddh_beredskab.danish_time import local
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.intake import on_shift
from ddh_beredskab.projections.phase import RUNNING
from ddh_beredskab.projections.read_model import Json, instant
from ddh_beredskab.projections.staff_room import staff_room
from ddh_beredskab.projections.staff_room.relief_plan import holes
from ddh_beredskab.web.acting import CRISIS, Action, with_answer
from ddh_beredskab.web.forms import Fields, filled_in
from ddh_beredskab.web.pages import daily
from ddh_beredskab.web.pages.around import Asked, why_nots
from ddh_beredskab.web.pages.decision_view import desk_of
from ddh_beredskab.web.people_here import authority_register
from ddh_beredskab.web.rendering import words_in
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.stepdown_facts import as_text, facts
from ddh_beredskab.web.visit import Mistake, Visit
from schemas import activation as a
from schemas.base import Command

TYPISTS = frozenset({"secretariat", "log_keeper"})
SPEAKERS = frozenset({"crisis_leader", "local_leader", "municipal_leader", "strategic_leadership"})
OFFERED: tuple[a.DebriefingFor, ...] = ("staff", "agents")


async def page(visit: Visit) -> Response:
    """How far stepping down is, what it rests on, and what whoever looks can do."""
    await with_answer(visit)
    situation, read, desk = visit.situation or {}, await visit.read(), await desk_of(visit)
    crisis, now, playbooks = visit.crisis, visit.now, visit.site.playbooks

    def look(conn: Conn) -> tuple[int, dict[Any, Json | None]]:
        return on_shift(conn, now), staff_room(conn, crisis, "actions", "relief_plan", "meetings")

    count, table = await visit.environment.read(look)
    known = facts(read, playbooks, visit.words, count, table["actions"])
    told = facts(read, playbooks, words_in("da"), count, table["actions"])
    speaks_for = await _authority(visit) if _types_only(visit) else []
    state = desk.state
    return visit.page(
        "stepdown/page.html",
        visit.words.t("stepdown.heading"),
        subpage=True,
        kind=state.kind,
        running=situation.get("phase") in RUNNING,
        facts=known,
        facts_text=as_text(told, words_in("da"), now),
        steps=list(reversed(situation.get("step_down", []))),
        missing=_missing(visit, state),
        final_from=_final_from(state),
        next_hour=_next_hour(now),
        speaks_for=speaks_for,
        why=await _reasons(visit, speaks_for[0][0] if speaks_for else None),
        released=_released(visit, situation),
        open_actions=[x for x in (table["actions"] or {"actions": []})["actions"] if x["status"] != "done"],
        offered=[(name, visit.words.t(f"stepdown.offered.{name}")) for name in OFFERED],
        latest_evaluation=now + timedelta(days=playbooks.limits.evaluation_days),
        closing=situation.get("closing"),
        aftercare=situation.get("aftercare"),
        evaluation=situation.get("evaluation"),
        evaluation_overdue=situation.get("evaluation_overdue_at"),
        sustained_at=situation.get("sustained_at"),
        holes=holes(table["relief_plan"], playbooks.roles.to_fill(), playbooks.limits, now),
        role_name=playbooks.roles.name,
        rhythm_words=_and(visit, [each.replace(":", ".") for each in playbooks.limits.round_the_clock_meetings]),
        people=partial(_people, visit),
        offered_words=partial(_offered, visit),
        day_words=partial(_day, visit),
        plan_hours=playbooks.limits.round_the_clock_plan_hours,
        sustained_after=playbooks.limits.round_the_clock_after_hours,
        next_meeting=(table["meetings"] or {}).get("next_at"),
        days=_days(situation, now),
    )


def _types_only(visit: Visit) -> bool:
    """Whether one has no side of one's own here, but types what the authority says on the phone."""
    return bool(visit.standings & TYPISTS) and not visit.standings & SPEAKERS


async def _authority(visit: Visit) -> list[tuple[str, str]]:
    return [(each.ref, each.label) for each in await authority_register(visit)]


async def _reasons(visit: Visit, for_whom: str | None) -> dict[str, str | None]:
    """Why a move is not allowed now; null: it is. Only those whose door one may use at all."""
    now = visit.now
    samples: dict[str, Command] = {
        "trin-foreslaa": a.ProposeStepDown(step="-", facts="-", effective_at=now + timedelta(hours=1)),
        "trin-enig": a.AgreeStepDown(),
        "trin-tilbage": a.ReverseStepDown(grounds="-"),
        "vedvarende": a.MarkSustained(grounds="-"),
        "afslut": a.CloseCrisis(
            debriefing="-",
            summary="-",
            debriefing_offered_to=OFFERED,
            debriefing_at=now,
            evaluation_at=now + timedelta(hours=1),
        ),
        "evaluering": a.RecordEvaluation(findings="-"),
        "genaabn": a.ReopenCrisis(grounds="-"),
    }
    mine = [name for name in samples if visit.may_do(name)]
    asked = [
        Asked(samples[name], f"POST {CRISIS}/{name}", on_behalf_of=for_whom if name.startswith("trin-") else None)
        for name in mine
    ]
    names = visit.setting.names
    return {n: names.plain(why) if why else None for n, why in zip(mine, await why_nots(visit, asked), strict=True)}


def _missing(visit: Visit, state: ActivationState) -> dict[str, str] | None:
    """Whose yes the open step lacks."""
    if not isinstance(state, Active | SteppingDown) or (step := state.running.pending) is None:
        return None
    case, names = state.case, visit.setting.names
    if step.side == "authority":
        who = case.holders.get("crisis_leader")
        return {"side": "ddh", "who": names.person(who) if who else visit.words.t("stepdown.the_leadership")}
    who = case.holders.get("local_leader") or case.asked_by
    return {"side": "authority", "who": names.person(who)}


def _final_from(state: ActivationState) -> datetime | None:
    """From when the last step that both agreed to holds; null: none is agreed."""
    if not isinstance(state, Active | SteppingDown):
        return None
    return next((step.effective_at for step in reversed(state.running.agreed) if step.final), None)


def _released(visit: Visit, situation: Json) -> list[tuple[str, str]]:
    """(role, person) of those who are released when DDH Beredskab ends."""
    if visit.in_crisis is None or situation.get("phase") not in RUNNING:
        return []
    holders = visit.in_crisis.holders
    roles = visit.site.playbooks.roles
    return [(roles.name(role), holders[role]) for role in roles.to_fill() if role in holders]


def _and(visit: Visit, names: Sequence[str]) -> str:
    """a, b og c"""
    return str(format_list(names, locale=visit.words.language))


def _people(visit: Visit, refs: Sequence[str]) -> str:
    return _and(visit, [visit.setting.names.person(ref) for ref in refs])


def _offered(visit: Visit, whom: Sequence[str]) -> str:
    return _and(visit, [visit.words.t(f"stepdown.offered.{each}").lower() for each in whom])


def _day(visit: Visit, day: date) -> str:
    return visit.words.date(daily.noon(day))


def _next_hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1 if now.minute < 30 else 2)


def _days(situation: Json, now: datetime) -> list[date]:
    """The days of the crisis so far, the newest first; none before it was reported."""
    if not (began := situation.get("reported_at")):
        return []
    first, closed = local(instant(began)).date(), situation.get("closed_at")
    last = local(instant(closed) if closed else now).date()
    return [last - timedelta(days=back) for back in range((last - first).days + 1)]


# -- forms that say more than their types ----------------------------------------------------------


def _for_somebody(visit: Visit, fields: Fields, command: type[Command]) -> Command | list[Mistake]:
    """Whoever only types says for whom."""
    made, mistakes = filled_in(command, fields, visit.words)
    if _types_only(visit) and not fields.get("on_behalf_of"):
        mistakes = [Mistake("on_behalf_of", visit.words.t("stepdown.for_whom_missing")), *mistakes]
    return made if made is not None and not mistakes else mistakes


def _proposal(visit: Visit, fields: Fields) -> Command | list[Mistake]:
    return _for_somebody(visit, fields, a.ProposeStepDown)


def _agreement(visit: Visit, fields: Fields) -> Command | list[Mistake]:
    return _for_somebody(visit, fields, a.AgreeStepDown)


def _reversal(visit: Visit, fields: Fields) -> Command | list[Mistake]:
    return _for_somebody(visit, fields, a.ReverseStepDown)


def _closing(visit: Visit, fields: Fields) -> Command | list[Mistake]:
    """On the screen all of it is asked for, so that a forgotten field is named at its place."""
    made, mistakes = filled_in(a.CloseCrisis, fields, visit.words)
    wrong = {mistake.field for mistake in mistakes}
    for name, missing in (("debriefing_at", "form.missing"), ("evaluation_at", "form.missing")):
        if not fields.get(name) and name not in wrong:
            mistakes.append(Mistake(name, visit.words.t(missing)))
    if not fields.get("debriefing_offered_to"):
        mistakes.append(Mistake("debriefing_offered_to", visit.words.t("form.choose_one")))
    return made if made is not None and not mistakes else mistakes


BACK = "/nedtrapning"
ACTIONS = (
    Action("trin-foreslaa", a.ProposeStepDown, page=page, back=BACK, read=_proposal),
    Action("trin-enig", a.AgreeStepDown, page=page, back=BACK, read=_agreement),
    Action("trin-tilbage", a.ReverseStepDown, page=page, back=BACK, read=_reversal),
    Action("vedvarende", a.MarkSustained, page=page, back=f"{BACK}#vedvarende"),
    Action("afslut", a.CloseCrisis, page=page, back=BACK, read=_closing),
    Action("evaluering", a.RecordEvaluation, page=page, back=BACK),
    Action("genaabn", a.ReopenCrisis, page=page, back=BACK),
)

PAGES = (
    Page("GET", "/krise/{environment}/{crisis}/nedtrapning", page, tab="tab.stepdown", order=70),
    Page("GET", "/krise/{environment}/{crisis}/nedtrapning/doegn/{day}", daily.page),
    *(action.door() for action in ACTIONS),
)
