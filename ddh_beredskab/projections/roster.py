"""Who is in the crisis staff, and who comes? (Hvem kommer?)

Per role: the holder and since when, whom we asked and what they answered, how the search went on past them, relief
due and rest. Each person answers for himself; one answer never silences the rest.
"""

from __future__ import annotations

from collections.abc import Callable

from ddh_beredskab.journal.messages import StoredMessage
from ddh_beredskab.projections.read_model import Json, ReadModel, iso, plain
from schemas import crisis_staff as s
from schemas.base import Event


def keys(message: StoredMessage) -> tuple[str, ...]:
    """The events of crisis_staff."""
    if isinstance(message.message, Event) and message.stream == f"crisis_staff-{message.subject}":
        return (message.subject,)
    return ()


def fold(_key: str, doc: Json | None, row: StoredMessage) -> Json | None:
    """The roster after one event."""
    at, message = iso(row.time), row.message
    new: Json = {"roles": {}, "resting": [], "escalations": 0, "called_out_at": None, "established": None}
    match message:
        case s.StaffCallOutStarted():
            return (doc or new) | {"called_out_at": at, "stood_down_at": None}
        case s.RoleOffered():
            offer = plain(message, "role") | {"at": at, "answer": None, "answered_at": None, "expected_at": None}
            return _role(doc or new, message.role, lambda role: {"offers": [*role["offers"], offer]})
        case s.RoleOfferAnswered():
            return _role(doc or new, message.role, lambda role: {"offers": _answered(role["offers"], message, at)})
        case s.RoleAssumed():
            held = {"person": message.person, "deputy": message.deputy, "since": at, "also_in": message.also_in}
            return _role(doc or new, message.role, lambda role: _new_holder(role, held, at))
        case s.RoleHandedOver():
            held = {"person": message.to_person, "deputy": False, "since": at, "also_in": None}
            rest = {"person": message.from_person, "until": iso(message.rest_until)}
            doc = _role(doc or new, message.role, lambda role: _new_holder(role, held, at) | {"handed_over_at": at})
            return doc | {"resting": [*(x for x in doc["resting"] if x["person"] != rest["person"]), rest]}
        case s.RoleEscalated():
            past = {"person": message.person, "because": message.because, "at": at, "next": message.next_person}
            doc = _role(doc or new, message.role, lambda role: {"passed": [*role["passed"], past]})
            return doc | {"escalations": doc["escalations"] + 1}
        case s.RoleUncovered():
            return _role(doc or new, message.role, lambda _role: {"uncovered_at": at})
        case s.StaffEstablished():
            return (doc or new) | {"established": {"at": at, "minutes": message.minutes}}
        case s.ReliefDue() | s.ReliefOverdue():
            state = "overdue" if isinstance(message, s.ReliefOverdue) else "due"
            return _role(doc or new, message.role, lambda _role: {"relief": state})
        case s.RoundTheClockStarted():
            return (doc or new) | {"round_the_clock_since": at}
        case s.StaffStoodDown():
            doc = doc or new
            roles = {name: _stood_down(role, at) for name, role in doc["roles"].items()}
            return doc | {"roles": roles, "stood_down_at": at}
        case _:
            return doc


ROSTER = ReadModel("roster", keys, fold)


def holders(doc: Json | None) -> dict[str, str]:
    """Role -> who holds it, or held it last when the staff has stood down."""
    if doc is None:
        return {}
    found: dict[str, str] = {}
    for name, role in doc["roles"].items():
        held = role["holder"] or (role["history"][-1] if role["history"] else None)
        if held:
            found[name] = held["person"]
    return dict(sorted(found.items()))


def _role(doc: Json, name: str, change: Callable[[Json], Json]) -> Json:
    new: Json = {"holder": None, "offers": [], "passed": [], "history": [], "relief": None, "uncovered_at": None}
    role: Json = doc["roles"].get(name) or new
    return doc | {"roles": doc["roles"] | {name: role | change(role)}}


def _new_holder(role: Json, held: Json, at: str) -> Json:
    history = [*role["history"], role["holder"] | {"until": at}] if role["holder"] else role["history"]
    return {"holder": held, "history": history, "relief": None, "uncovered_at": None}


def _stood_down(role: Json, at: str) -> Json:
    if not role["holder"]:
        return role
    return role | {"holder": None, "history": [*role["history"], role["holder"] | {"until": at}], "relief": None}


def _answered(offers: list[Json], message: s.RoleOfferAnswered, at: str) -> list[Json]:
    """The answer goes to the person's latest offer of the role."""
    latest = max((i for i, offer in enumerate(offers) if offer["person"] == message.person), default=None)
    answer = plain(message, "role", "person") | {"answered_at": at}
    if latest is None:  # somebody who was not asked says that he comes
        return [*offers, {"person": message.person, "position": "pool", "attempt": 0, "at": at} | answer]
    return [offer | answer if i == latest else offer for i, offer in enumerate(offers)]
