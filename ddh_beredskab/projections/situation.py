"""How does the crisis stand? One document per crisis, and `_all`: the list of crises.

Answers for the overview: phase, level, who is affected, the advisory score with its explanation, the decision with
votes and minutes, what it named (channels, opening), staff established, situation picture, and stepping down.
"""

from __future__ import annotations

from typing import cast

from ddh_beredskab.journal.messages import StoredMessage
from ddh_beredskab.projections.phase import Phase, phase_after
from ddh_beredskab.projections.read_model import Json, ReadModel, iso, plain
from schemas import activation as a
from schemas import crisis_staff as s
from schemas.base import Event

ALL = "_all"


def keys(message: StoredMessage) -> tuple[str, ...]:
    """The crisis' own document for any event of activation or staff, and the list when the list's line changes."""
    match message.message:
        case (
            a.IncidentReported()
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


def fold(key: str, doc: Json | None, message: StoredMessage) -> Json:
    """The document after one message."""
    if key == ALL:
        crises: Json = (doc or {"crises": {}})["crises"]
        line = _line(crises.get(message.subject) or _new(message), message)
        return {"crises": {**crises, message.subject: line}}
    return _situation(_line(doc or _new(message), message), message)


SITUATION = ReadModel("situation", keys, fold)


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
    }


def _line(doc: Json, row: StoredMessage) -> Json:
    """What the list of crises shows, and the top of the overview."""
    at, message = iso(row.time), row.message
    phase = phase_after(cast("Phase", doc["phase"]), message)
    if phase == "active" and isinstance(message, a.StepDownReversed) and doc["sustained_at"]:
        phase = "sustained"
    if phase != doc["phase"]:
        doc = {**doc, "phase": phase, "phase_since": at}
    match message:
        case a.IncidentReported():
            return doc | {
                "kind": message.kind,
                "title": message.title,
                "authority": plain(message.authority),
                "reported_at": at,
                "phase_since": at,
            }
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


def _situation(doc: Json, row: StoredMessage) -> Json:
    at, message = iso(row.time), row.message
    match message:
        case a.IncidentReported():
            return doc | {"report": plain(message, "kind", "title", "authority", "directory"), "votes": [], "asked": []}
        case a.IncidentAssessed():
            score = {each.criterion: each.points for each in message.scores}
            reasons = {each.criterion: list(each.reasons) for each in message.scores}
            return doc | {
                "score": score
                | {
                    "recommendation": message.recommendation,
                    "explanation": message.explanation,
                    "reasons": reasons,
                    "grounds": message.grounds,
                    "at": at,
                }
            }
        case a.SteeringMemberAsked():
            asked = {"person": message.person, "barred": message.barred, "reason": message.reason, "at": at}
            return doc | {"asked": [*doc.get("asked", []), asked | {"tries": 0, "reached": None}]}
        case a.ContactAttemptRecorded():
            return doc | {"asked": [_tried(each, message) for each in doc.get("asked", [])]}
        case a.PhoneListExhausted():
            return doc | {"phone_list_exhausted_at": at}
        case a.DecisionProposed():
            return doc | {"proposal": plain(message) | {"at": at}, "votes": []}
        case a.ProposalRejected():
            return doc | {"proposal": None, "rejected": [*doc.get("rejected", []), plain(message) | {"at": at}]}
        case a.VoteCast():
            return doc | {"votes": [*doc.get("votes", []), plain(message) | {"at": at}]}
        case a.CrisisWarned():
            decision = _decision("warn", at, message.minutes, message.ballots)
            return doc | {"decision": decision, "terms": plain(message.terms), "proposal": None}
        case a.CrisisProvisionallyActivated():
            decision = _decision("activate", at, message.minutes) | {
                "provisional": True,
                "grounds": message.grounds,
                "decided_by": message.decided_by,
                "by_delegation": message.by_delegation,
                "confirm_before": iso(message.confirm_before),
            }
            return doc | {"decision": decision, "terms": plain(message.terms), "proposal": None, "votes": []}
        case a.ProvisionalConfirmationOverdue():
            return doc | {"confirmation_overdue_at": at}
        case a.CrisisActivated():
            if message.confirms_provisional and (earlier := doc.get("decision")):
                decision = earlier | {"provisional": False, "confirmed_at": at, "votes": _votes(message.ballots)}
                return doc | {"decision": decision, "terms": plain(message.terms), "proposal": None}
            decision = _decision("activate", at, message.minutes, message.ballots)
            return doc | {"decision": decision, "terms": plain(message.terms), "proposal": None}
        case a.ActivationReversed():
            return doc | {"reversed": {"at": at, "votes": _votes(message.ballots)}}
        case a.ActivationDeclined():
            decision = _decision("decline", at, message.minutes, message.ballots)
            return doc | {
                "decision": decision | {"grounds": message.grounds, "instead": message.instead},
                "proposal": None,
            }
        case a.DecisionOverdue():
            return doc | {"decision_overdue_minutes": message.waited_minutes}
        case a.OpeningDecided():
            terms: Json = doc.get("terms") or {"opening": []}
            return doc | {"terms": terms | {"opening": [*terms["opening"], plain(message.opening)]}}
        case a.CapacityPrioritised():
            return doc | {"priorities": [*doc.get("priorities", []), plain(message) | {"at": at}]}
        case a.StepDownProposed():
            step: Json = {"at": at, "agreed_at": None, "agreed_by": [], "reversed_at": None}
            return doc | {"step_down": [*doc.get("step_down", []), plain(message) | step]}
        case a.StepDownAgreed():
            agreed = {"agreed_at": at, "agreed_by": list(message.agreed_by)}
            steps = [x | agreed if x["number"] == message.number else x for x in doc.get("step_down", [])]
            return doc | {"step_down": steps}
        case a.StepDownReversed():
            steps = [x if x["reversed_at"] else x | {"reversed_at": at} for x in doc.get("step_down", [])]
            return doc | {"step_down": steps}
        case a.CrisisDeactivated():
            return doc | {"closing": plain(message) | {"at": at}}
        case a.CrisisReopened():
            return doc | {"terms": plain(message.terms), "closing": None}
        case a.EvaluationOverdue():
            return doc | {"evaluation_overdue_at": at}
        case a.EvaluationRecorded():
            return doc | {"evaluation": plain(message) | {"at": at}}
        case s.StaffEstablished():
            return doc | {"established": {"at": at, "minutes": message.minutes}}
        case s.StaffMeetingHeld():
            held = {"number": message.number, "at": at, "next_at": None}
            return doc | {"meeting": held | {"next_at": iso(n) if (n := message.next_meeting_at) else None}}
        case s.SituationPictureRequested():
            return doc | {"picture_due_at": iso(message.due_at)}
        case s.SituationPictureOverdue():
            return doc | {"picture_overdue": True}
        case s.SituationPictureReceived():
            return doc | {"picture": plain(message) | {"at": at}, "picture_due_at": None, "picture_overdue": False}
        case _:
            return doc


def _votes(ballots: tuple[a.Ballot, ...]) -> list[Json]:
    return [plain(ballot) for ballot in ballots]


def _decision(outcome: a.Outcome, at: str, minutes: float, ballots: tuple[a.Ballot, ...] = ()) -> Json:
    return {
        "outcome": outcome,
        "at": at,
        "minutes": minutes,
        "votes": _votes(ballots),
        "grounds": "",
        "instead": "",
        "provisional": False,
        "decided_by": None,
        "by_delegation": False,
        "confirm_before": None,
    }


def _tried(asked: Json, attempt: a.ContactAttemptRecorded) -> Json:
    if asked["person"] != attempt.person:
        return asked
    return asked | {"tries": asked["tries"] + 1, "reached": asked["reached"] or attempt.reached}
