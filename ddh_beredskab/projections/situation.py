"""How does the crisis stand? One document per crisis, and `_all`: the list of crises.

Answers for the overview: phase, level, who is affected, the advisory score with its explanation, the decision with
votes and minutes, what it named (channels, opening), staff established, situation picture, and stepping down; which
crises belong together, and whether somebody still has to ring back.
"""

from __future__ import annotations

from typing import cast

from ddh_beredskab.journal.messages import StoredMessage
from ddh_beredskab.projections.phase import Phase, phase_after
from ddh_beredskab.projections.read_model import Json, ReadModel, iso, plain
from ddh_beredskab.projections.situation_detail import detailed
from schemas import activation as a
from schemas.base import Event

ALL = "_all"


def keys(message: StoredMessage) -> tuple[str, ...]:
    """The crisis' own document for any event of activation or staff, and the list when the list's line changes."""
    match message.message:
        case a.CrisesLinked(other=other):
            return (message.subject, other, ALL)  # the crisis itself first, the list last
        case (
            a.IncidentReported()
            | a.IncidentConfirmed()
            | a.IncidentRejected()
            | a.AuthorityScopeChanged()
            | a.SteeringMemberAsked()
            | a.DecisionProposed()
            | a.VoteCast()
            | a.PlannedPeakNoted()
            | a.CrisisWarned()
            | a.ForewarningLapsed()
            | a.CrisisProvisionallyActivated()
            | a.CrisisActivated()
            | a.ActivationReversed()
            | a.ActivationDeclined()
            | a.LevelChanged()
            | a.SustainedOperationEntered()
            | a.StepDownAgreed()
            | a.StepDownReversed()
            | a.CrisisDeactivated()
            | a.CrisisReopened()
            | a.EvaluationRecorded()
        ):
            return (message.subject, ALL)
        case Event() if message.stream in (f"activation-{message.subject}", f"crisis_staff-{message.subject}"):
            return (message.subject,)
        case _:
            return ()


def fold(key: str, doc: Json | None, message: StoredMessage) -> Json | None:
    """The document after one message; a crisis that another names need not be there."""
    if key == ALL:
        crises: Json = (doc or {"crises": {}})["crises"]
        line = _line(crises.get(message.subject) or _new(message), message)
        named = {other: _named_by(crises[other], message) for other in keys(message)[1:-1] if other in crises}
        return {"crises": {**crises, **named, message.subject: line}}
    if key != message.subject:
        return _named_by(doc, message) if doc is not None else None
    return detailed(_line(doc or _new(message), message), message)


SITUATION = ReadModel("situation", keys, fold, version=3)


def _named_by(doc: Json, row: StoredMessage) -> Json:
    """The crisis that another was linked to knows of it."""
    link = cast("a.CrisesLinked", row.message)
    named: Json = {"crisis": row.subject, "relation": link.relation, "at": iso(row.time)}
    return doc | {"linked_from": [*(x for x in doc["linked_from"] if x["crisis"] != row.subject), named]}


def _new(message: StoredMessage) -> Json:
    return {
        "crisis": message.subject,
        "environment": message.environment,
        "phase": "reported",
        "phase_since": iso(message.time),
        "level": None,
        "kind": None,
        "title": "",
        "authority": None,
        "reported_at": None,
        "decided_at": None,
        "activated_at": None,
        "sustained_at": None,
        "closed_at": None,
        "reopened": False,
        "not_active_because": None,
        "unconfirmed": False,
        "links": [],
        "linked_from": [],
        "merged_into": None,
    }


def _line(doc: Json, row: StoredMessage) -> Json:
    """What the list of crises shows, and the top of the overview."""
    at, message = iso(row.time), row.message
    phase = phase_after(cast("Phase", doc["phase"]), message)
    if phase == "active" and isinstance(message, a.StepDownReversed) and doc["sustained_at"]:
        phase = "sustained"
    if phase != doc["phase"]:
        taken_up = {"not_active_because": None, "merged_into": None, "closed_at": None}
        doc = {**doc, **(taken_up if doc["phase"] == "declined" else {}), "phase": phase, "phase_since": at}
    match message:
        case a.IncidentReported():
            return doc | {
                "kind": message.kind,
                "title": message.title,
                "authority": plain(message.authority),
                "reported_at": at,
                "phase_since": at,
                "unconfirmed": message.entry == "open_form",
            }
        case a.IncidentConfirmed():
            return doc | {"unconfirmed": False}
        case a.IncidentRejected():
            return doc | {"not_active_because": "rejected", "closed_at": at}
        case a.AuthorityScopeChanged():
            return doc | {"authority": plain(message.authority)}
        case a.CrisesLinked():
            link: Json = {"crisis": message.other, "relation": message.relation, "at": at}
            doc = doc | {"links": [*(x for x in doc["links"] if x["crisis"] != message.other), link]}
            ended = {"not_active_because": "merged", "merged_into": message.other, "closed_at": at}
            return doc | ended if message.ended else doc
        case a.CrisisWarned():
            return doc | {"level": message.terms.level, "decided_at": at}
        case a.CrisisProvisionallyActivated() | a.CrisisActivated():
            return doc | {
                "level": message.terms.level,
                "decided_at": doc["decided_at"] if doc["activated_at"] else at,
                "activated_at": doc["activated_at"] or at,
            }
        case a.LevelChanged():
            return doc | {"level": message.level}
        case a.SustainedOperationEntered():
            return doc | {"sustained_at": at}
        case a.CrisisDeactivated():
            return doc | {"closed_at": at}
        case a.CrisisReopened():
            return doc | {
                "closed_at": None,
                "reopened": True,
                "level": message.terms.level,
                "activated_at": at,
                "sustained_at": None,
            }
        case a.ActivationReversed():
            return doc | {"not_active_because": "reversed", "closed_at": at}
        case a.ActivationDeclined():
            return doc | {"not_active_because": "declined", "decided_at": at, "closed_at": at}
        case a.ForewarningLapsed():
            return doc | {"not_active_because": "lapsed", "closed_at": at}
        case a.PlannedPeakNoted():
            return doc | {"not_active_because": "planned", "closed_at": at}
        case _:
            return doc
