"""Afløsning: how long somebody stood in a role, and whether those relieved had their rest."""

from __future__ import annotations

from ddh_beredskab.drills.scoring.reading import HOUR, Found, Reading, share
from ddh_beredskab.drills.scoring.timeline import Happened, Timeline, numbers
from schemas import crisis_staff as s
from schemas.base import Event


def relief(timeline: Timeline) -> Found:
    """The longest time anybody held a role; a short crisis in which nobody was relieved says nothing."""
    began: dict[str, Happened[Event]] = {}
    held: list[Reading] = []
    relieved = False

    def ends(role: str, end: Happened[Event] | None) -> None:
        start, upto = began.pop(role, None), end.at if end is not None else timeline.until
        if start is not None and timeline.theirs(upto):
            held.append(Reading((upto - start.at) / HOUR, numbers([start, end])))

    for each in timeline.happened:
        match each.event:
            case s.RoleAssumed(role=role):
                ends(role, each)
                began[role] = each
            case s.RoleHandedOver(role=role):
                relieved = relieved or timeline.theirs(each.at)
                ends(role, each)
                began[role] = each
            case s.StaffStoodDown():
                for role in list(began):
                    ends(role, each)
            case _:
                pass
    for role in list(began):
        ends(role, None)
    if not held:
        return "did_not_happen"
    longest = max(held, key=lambda each: each.value)
    if not relieved and longest.value < timeline.playbooks.limits.relief_due_hours:
        return "too_short"
    overdue = numbers(timeline.own(timeline.of(s.ReliefOverdue)))
    return Reading(longest.value, tuple(sorted({*longest.entries, *overdue})))


def rest(timeline: Timeline) -> Found:
    """Of those relieved: how many were not put to work again before their rest was over."""
    relieved = timeline.own(timeline.of(s.RoleHandedOver))
    if not relieved:
        return "did_not_happen"
    good, entries = list[int](), list(numbers(relieved))
    for each in relieved:
        again = next((x for x in timeline.happened if x.at > each.at and _works(x.event, each.event.from_person)), None)
        if again is None or again.at >= each.event.rest_until:
            good.append(each.row.position)
        else:
            entries += numbers([again])
    return share(good, relieved, entries)


def _works(event: Event, person: str) -> bool:
    match event:
        case s.RoleAssumed(person=who) | s.RoleHandedOver(to_person=who):
            return who == person
        case _:
            return False
