"""Injects as they are told: when each comes, how it stands, and what became of what was expected.

Rule kept: what is expected, and the evaluators' notes, are for those who lead and watch; participants get the message.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.drills.injects import Held
from ddh_beredskab.drills.plan import Inject, Plan
from ddh_beredskab.drills.recording_model import RecordedInput
from ddh_beredskab.drills.scoring.expected import expected_actions
from ddh_beredskab.journal.messages import head_position
from ddh_beredskab.web.environments import Environment
from ddh_beredskab.web.exercise_reading import Exercise
from ddh_beredskab.web.visit import Visit
from schemas.drill_evaluation import ExpectedAction

LOOK_AGAIN_SECONDS = 4.0
"""What was expected is worked out from the whole journal: so often at most, however many look."""
_WORKED_OUT: dict[str, tuple[float, int, list[ExpectedAction]]] = {}


def comes_when(visit: Visit, inject: Inject) -> str:
    """When an inject comes, as it was planned."""
    words = visit.words
    if inject.at is not None:
        return words.day_hm(inject.at)
    if inject.after is None:
        return words.t("exercise.inject.waits")
    key = f"exercise.event.{inject.after.event}"
    what = words.t(key) if words.has(key) else words.t("exercise.event.other", event=inject.after.event)
    if inject.after.nth > 1:
        return words.t("exercise.inject.after_nth", minutes=inject.after.minutes, what=what, nth=inject.after.nth)
    return words.t("exercise.inject.after", minutes=inject.after.minutes, what=what)


async def outcomes(
    visit: Visit, environment: Environment, exercise: Exercise, withheld: Sequence[RecordedInput]
) -> list[ExpectedAction]:
    """What was expected of the participants so far, and how it went."""
    known = _WORKED_OUT.get(environment.name)
    if known is not None and time.monotonic() - known[0] < LOOK_AGAIN_SECONDS:
        return known[2]
    playbooks, targets, plan = visit.site.playbooks, visit.site.targets, exercise.plan
    head = await environment.read(head_position)
    over = exercise.phase == "ended"
    found = await environment.read(
        lambda conn: expected_actions(
            conn, playbooks, targets, crisis_of=plan.crisis_id, withheld=withheld, begins=plan.starts_at, ended=over
        )
    )  # fmt: skip
    _WORKED_OUT[environment.name] = (time.monotonic(), head, found)
    return found


def forget(environment: str) -> None:
    """Somebody has judged: work it out anew."""
    _WORKED_OUT.pop(environment, None)


def lines(visit: Visit, held: Sequence[Held], done: Mapping[str, ExpectedAction]) -> list[dict[str, Any]]:
    """One line for each inject, for the leader's page."""
    return [
        {
            "key": each.inject.key,
            "inject": each.inject,
            "state": each.state,
            "due_at": each.due_at,
            "delivered_at": each.delivered_at,
            "improvised": each.improvised,
            "when": comes_when(visit, each.inject),
            "to": names_of(visit.site.playbooks, each.inject.to),
            "owner": names_of(visit.site.playbooks, [each.inject.expect.owner]) if each.inject.expect else "",
            "verdict": each.verdict,
            "evidence": ", ".join(str(number) for number in each.evidence),
            "judged_by": each.judged_by,
            "note": each.note,
            "outcome": done.get(each.inject.key),
        }
        for each in held
    ]


def names_of(playbooks: Playbooks, roles: Sequence[str]) -> str:
    """The roles by name, in a row."""
    return ", ".join(playbooks.roles.name(role) for role in roles)  # type: ignore[arg-type]


def next_due(exercise: Exercise) -> Held | None:
    """The next inject that has a time."""
    coming = [each for each in exercise.injects if each.state == "planned" and each.due_at is not None]
    return min(coming, key=lambda each: each.due_at or exercise.clock.now, default=None)


def withheld_in(plan: Plan, inputs: Sequence[RecordedInput]) -> list[RecordedInput]:
    """Those of the participants' own that are commands: shifts and receipts are no actions to wait for."""
    return [each for each in inputs if each.kind == "command" and (plan.ends_at is None or each.at <= plan.ends_at)]
