"""Guides, the reminder: whoever is on shift and has not seen the version in force is told so at the desk.

Rules kept: it stands in the log as a count, never with names; nobody is reminded of what is no longer in force.
"""

from __future__ import annotations

from datetime import datetime

from ddh_beredskab.core.decider import Found, Need, ReceiptsNeeded, Recorded, Refused
from ddh_beredskab.core.guides.release import in_force
from ddh_beredskab.core.guides.states import GuidesState, Open
from ddh_beredskab.core.role_holders import DDH_ROLES, require
from schemas.base import Event
from schemas.guides import NudgeUnseen, UnseenNudged


def receipts_needed(state: GuidesState, command: NudgeUnseen, at: datetime) -> tuple[Need, ...]:
    """Who had seen the version at that moment."""
    return (ReceiptsNeeded(version=command.version, at=at),) if isinstance(state, Open) else ()


def nudge(state: Open, input: Recorded[NudgeUnseen], found: Found) -> list[Event]:
    """Mind dem om det."""
    require(input.actor, DDH_ROLES, state.holders, state.affected)
    version = in_force(state, input.message.version)
    receipts = found.receipts[ReceiptsNeeded(version=version.number, at=input.time)]
    missing = receipts.on_shift - receipts.seen
    if missing <= 0:
        raise Refused("nobody_to_nudge", version=version.number)
    return [UnseenNudged(version=version.number, on_shift=receipts.on_shift, seen=receipts.seen, missing=missing)]


REFUSALS: tuple[str, ...] = ("nobody_to_nudge",)
