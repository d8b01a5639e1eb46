"""What is to be done: the aktionsliste, the roles' actioncards, and the steps of the plan that are ticked by hand.

Rules: tasks are numbered from 1 and moved by the staff or by whoever has them; an actioncard is ticked by the one who
has the role, or by the crisis leader, the log keeper or the secretariat for him; a step is ticked once.
"""

from __future__ import annotations

from ddh_beredskab.core.crisis_staff.filling import acts_as
from ddh_beredskab.core.crisis_staff.search import Desk
from ddh_beredskab.core.crisis_staff.states import Action
from ddh_beredskab.core.crisis_staff.who_may import of_the_crisis, of_the_staff
from ddh_beredskab.core.decider import Refused
from ddh_beredskab.core.playbook import STAFF_ROLES, Steps
from schemas import crisis_staff as s
from schemas.base import Actor, Event, Role


def add_action(desk: Desk, command: s.AddAction, actor: Actor) -> list[Event]:
    """AddAction."""
    of_the_staff(desk, actor)
    if not command.text.strip():
        raise Refused("action_text_missing")
    number = len(desk.work.actions) + 1
    return [s.ActionAdded(number=number, text=command.text, owner=command.owner, due_at=command.due_at)]


def change_action(desk: Desk, command: s.ChangeActionStatus, actor: Actor) -> list[Event]:
    """ChangeActionStatus."""
    action = _of_mine(desk, command.number, actor)
    if action.status == command.status:
        raise Refused("action_status_unchanged", number=command.number, status=command.status)
    return [s.ActionStatusChanged(number=command.number, status=command.status, note=command.note)]


def reassign_action(desk: Desk, command: s.ReassignAction, actor: Actor) -> list[Event]:
    """ReassignAction: another owner, another deadline, or both."""
    action = _of_mine(desk, command.number, actor)
    if action.status == "done":
        raise Refused("action_is_done", number=command.number)
    if (command.owner, command.due_at) == (action.owner, action.due_at):
        raise Refused("action_owner_unchanged", number=command.number, owner=action.owner)
    changed = s.ActionReassigned(
        number=command.number, owner=command.owner, previous=action.owner, due_at=command.due_at
    )
    return [changed]


def tick_card(desk: Desk, command: s.TickActionCard, actor: Actor) -> list[Event]:
    """TickActionCard."""
    role, point = command.role, command.point
    _may_tick(desk, role, actor)
    card = desk.roles.roles[role].action_card
    if point > len(card):
        raise Refused("no_such_card_point", role=role, point=point)
    if command.done == (point in desk.work.ticks.get(role, ())):
        raise Refused("card_point_unchanged", role=role, point=point)
    text = card[point - 1]
    return [s.ActionCardTicked(role=role, point=point, text=text, done=command.done, note=command.note)]


def complete_step(desk: Desk, command: s.CompleteActivationStep, actor: Actor, steps: Steps) -> list[Event]:
    """CompleteActivationStep: only steps that no event shows by itself, and each once."""
    of_the_crisis(actor)
    step = next((each for each in steps.steps if each.no == command.step), None)
    if step is None or not step.manual:
        raise Refused("step_is_not_by_hand", step=command.step)
    if command.step in desk.work.steps:
        raise Refused("step_already_done", step=command.step)
    return [s.ActivationStepCompleted(step=command.step, note=command.note)]


def _of_mine(desk: Desk, number: int, actor: Actor) -> Action:
    """The task, when the actor may move it."""
    if number > len(desk.work.actions):
        raise Refused("no_such_action", number=number)
    action = desk.work.actions[number - 1]
    if actor.person != action.owner:
        of_the_staff(desk, actor)
    return action


def _may_tick(desk: Desk, role: Role, actor: Actor) -> None:
    """A staff role is acted in by its holder; in the authority's and the bodies' own roles whoever has them acts."""
    match actor.role:
        case "secretariat":
            return
        case "crisis_leader" | "log_keeper":
            of_the_staff(desk, actor)
        case _ if actor.role != role:
            raise Refused("role_may_not", role=actor.role, needed=role)
        case own if (own in STAFF_ROLES and desk.work.holder(own)) and not acts_as(desk.pool, desk.work, actor, own):
            raise Refused("not_the_role_holder", person=actor.person, role=actor.role)
        case _:
            return
