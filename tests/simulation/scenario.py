"""What is sent in a run: a piece of the recorded surge, told so that few inputs reach far into a crisis.

A second crisis is the same story under another name, so that both want the same people. Two inputs of every run are
wrong on purpose: a vote that is cast once more, and a question that was registered twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from uuid import uuid5

from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.drills.recording import load_recording
from ddh_beredskab.drills.recording_model import OffShift, OnShift, RecordedInput, Recording, Seen
from ddh_beredskab.playbooks import find_playbooks, load_playbooks
from schemas.feedback import FeedbackItem
from tests.simulation.faults import STARTS, Plan

_SIDE_STORY = {"WriteLogEntry", "RecordContactAttempt", "CorrectLogEntry", "AddAction", "ChangeActionStatus"}
_AGENTS = 4
"""So many of the recording's call agents take part; two hundred would only make the rows many."""


@cache
def playbooks() -> Playbooks:
    return load_playbooks(None)


@cache
def surge() -> Recording:
    return load_recording("stormflod-2023", [find_playbooks(None) / "drills"])


@dataclass(frozen=True)
class Sent:
    """One input, and when it is sent: seconds after the run began, with the wall clock at `wall` or later."""

    given: RecordedInput
    pause: float
    wall: datetime


def story(plan: Plan) -> list[Sent]:
    """The inputs of a run, in the order they are sent."""
    dice = Random(f"story/{plan.seed}")
    chosen = _chosen(plan, dice)
    if plan.crises > 1:
        chosen = _mixed(chosen, dice)
    starts = datetime.fromisoformat(STARTS[plan.start]).astimezone(UTC)
    shift = starts - surge().starts_at
    storm = "storm" in plan.faults
    return [Sent(each, 0.0 if storm else dice.choice((0.02, 0.2, 1.0)), each.at + shift) for each in chosen]


@cache
def _parts() -> tuple[tuple[RecordedInput, ...], tuple[RecordedInput, ...], tuple[RecordedInput, ...]]:
    """The main story, the side story and the questions."""
    main: list[RecordedInput] = []
    side: list[RecordedInput] = []
    asked: list[RecordedInput] = []
    for each in surge().inputs:
        match each.payload:
            case FeedbackItem():
                asked.append(each)
            case OnShift(agents=agents) | OffShift(agents=agents) | Seen(agents=agents):
                side.append(replace(each, payload=each.payload.model_copy(update={"agents": agents[:_AGENTS]})))
            case payload if type(payload).__name__ in _SIDE_STORY:
                side.append(each)
            case _:
                main.append(each)
    return tuple(main), tuple(side), tuple(asked)


def _chosen(plan: Plan, dice: Random) -> list[RecordedInput]:
    main, side, asked = _parts()
    told = max(3, plan.inputs * 2 // 3)
    chosen = list(main[:told])
    until = chosen[-1].at
    others = [each for each in side if each.at <= until]
    questions = [each for each in asked if each.at <= until] or list(asked[:4])
    extra = plan.inputs - told
    chosen += dice.sample(others, min(len(others), extra // 2))
    picked = dice.sample(questions, min(len(questions), extra - extra // 2 + 1))
    chosen += picked
    chosen += [replace(each, at=each.at + timedelta(seconds=5)) for each in picked[:1]]  # registered twice
    chosen.sort(key=lambda each: (each.at, each.index))
    return chosen


def _mixed(chosen: Sequence[RecordedInput], dice: Random) -> list[RecordedInput]:
    """The same story in two crises at once, mixed in time."""
    delay = timedelta(minutes=dice.choice((0, 1, 20)))
    moved = [_moved(each, delay) for each in chosen if each.kind not in ("on_shift", "off_shift")]  # one desk for both
    return sorted([*chosen, *moved], key=lambda each: (each.at, each.index))


def _moved(each: RecordedInput, delay: timedelta) -> RecordedInput:
    crisis = f"{each.crisis_id[:-8]}{'b' * 8}"
    payload = each.payload
    if isinstance(payload, FeedbackItem):
        payload = payload.model_copy(update={"crisis_id": crisis, "id": uuid5(payload.id, crisis)})
    return replace(each, id=uuid5(each.id, crisis), crisis=2, crisis_id=crisis, payload=payload, at=each.at + delay)
