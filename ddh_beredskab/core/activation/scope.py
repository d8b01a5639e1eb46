"""More municipalities are hit: the affected grow in number, and the scope from one municipality up to the country.

Rules: nobody who is affected stops being so, the lead authority stays first, and a scope never shrinks. Who is barred
and how many make a quorum is worked out anew for what is voted from now on; votes that were cast stand. So that nobody
moves the bars for himself, a member who cannot vote does not extend.
"""

from __future__ import annotations

from ddh_beredskab.core.activation.members import member_who_may_vote, require
from ddh_beredskab.core.activation.phases import wrong_phase
from ddh_beredskab.core.activation.states import (
    ActivationState,
    Active,
    Assessing,
    Provisional,
    SteppingDown,
    Warned,
)
from ddh_beredskab.core.decider import Recorded, Refused
from ddh_beredskab.core.playbook import Limits
from schemas.activation import AuthorityScopeChanged, ExtendScope, Scope
from schemas.base import Event, Message

WIDENING: tuple[Scope, ...] = ("municipality", "municipalities", "region", "country")


def extend(state: ActivationState, command: ExtendScope, given: Recorded[Message], limits: Limits) -> list[Event]:
    """ExtendScope."""
    if not isinstance(state, (Assessing, Warned, Provisional, Active, SteppingDown)):
        raise wrong_phase(state)
    case, actor = state.case, given.actor
    if actor.role == "steering_group":
        member_who_may_vote(case, actor, limits)
    else:
        require(case, actor, "crisis_leader", "strategic_leadership")
    if not command.grounds.strip():
        raise Refused("grounds_missing")
    was = case.authority
    affected = tuple(dict.fromkeys((*was.affected, *command.affected)))
    if WIDENING.index(command.scope) < WIDENING.index(was.scope):
        raise Refused("scope_only_grows", scope=was.scope)
    if command.scope == "municipality" and len(affected) > 1:
        raise Refused("scope_of_one_municipality")
    now = was.model_copy(
        update={"affected": affected, "scope": command.scope, "name": (command.name or was.name).strip() or was.name}
    )
    if now == was:
        raise Refused("scope_unchanged")
    added = tuple(code for code in affected if code not in was.affected)
    return [AuthorityScopeChanged(authority=now, added=added, previous_scope=was.scope, grounds=command.grounds)]
