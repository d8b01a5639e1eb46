"""How does the crisis stand, in full: what only the crisis's own document holds, beyond its line in the list.

Answers for the decision's page and the overview: who was asked and who voted, the proposal, what was decided and is in
force now, whether somebody rang back, meetings and pictures, the steps of nedtrapning, closing and evaluation.
"""

from __future__ import annotations

from ddh_beredskab.journal.messages import StoredMessage
from ddh_beredskab.projections.read_model import Json, iso, plain
from schemas import activation as a
from schemas import crisis_staff as s
from schemas.base import DeadlineSet


def detailed(doc: Json, row: StoredMessage) -> Json:
    """The document of one crisis after a message, its line in the list being told already."""
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
            return doc | {"asked": _asked(doc.get("asked", []), message, at)}
        case DeadlineSet(concern="activation", name="decision_target"):  # a round begins: the list from its top
            began: Json = {"asked": [], "phone_list_exhausted_at": None, "decision_overdue_minutes": None}
            return doc | began | {"decision_due_at": iso(message.due_at)}
        case a.PhoneListCalledAgain():
            return doc | {"called_again": [*doc.get("called_again", []), {"persons": list(message.persons), "at": at}]}
        case a.IncidentConfirmed():
            return doc | {"confirmation": plain(message) | {"at": at, "by": row.actor.person}}
        case a.IncidentRejected():
            return doc | {"rejection": plain(message) | {"at": at, "by": row.actor.person}, "proposal": None}
        case a.CrisesLinked() if message.ended:
            return doc | {"proposal": None}
        case a.AuthorityScopeChanged():
            change = {"added": list(message.added), "scope": message.authority.scope, "grounds": message.grounds}
            return doc | {"scope_changes": [*doc.get("scope_changes", []), change | {"at": at}]}
        case a.ContactAttemptRecorded():
            return doc | {"asked": [_tried(each, message) for each in doc.get("asked", [])]}
        case a.PhoneListExhausted():
            return doc | {"phone_list_exhausted_at": at}
        case a.DecisionProposed():
            put = plain(message) | {"at": at, "typed_by": _typed_by(row, message.proposed_by)}
            return doc | {"proposal": put, "votes": []}
        case a.ProposalRejected():
            return doc | {"proposal": None, "rejected": [*doc.get("rejected", []), plain(message) | {"at": at}]}
        case a.VoteCast():
            cast = plain(message) | {"at": at, "typed_by": _typed_by(row, message.person)}
            asked = [x | {"reached": True} if x["person"] == message.person else x for x in doc.get("asked", [])]
            return doc | {"votes": [*doc.get("votes", []), cast], "asked": asked}
        case a.CrisisWarned():
            decision = _decision("warn", at, message.minutes, message.ballots) | _put(doc)
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
            decision = _decision("activate", at, message.minutes, message.ballots) | _put(doc)
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
            terms = _terms(doc)
            return doc | {"terms": terms | {"opening": [*terms["opening"], plain(message.opening)]}}
        case a.LevelChanged():
            return doc | {"terms": _terms(doc) | {"level": message.level}}
        case a.ServiceTargetSet():
            return doc | {"terms": _terms(doc) | {"service_target": message.target}}
        case a.ChannelsChanged():
            return doc | {"terms": _terms(doc) | {"channels": list(message.channels)}}
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
        case a.AftercareArranged():
            return doc | {"aftercare": plain(message) | {"at": at}}
        case a.CrisisDeactivated():
            return doc | {"closing": plain(message) | {"at": at}}
        case a.CrisisReopened():
            return doc | {"terms": plain(message.terms), "closing": None, "aftercare": None}
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


def _put(doc: Json) -> Json:
    """Who put the proposal that was accepted, and why."""
    put = doc.get("proposal")
    return {"grounds": put["grounds"], "proposed_by": put["proposed_by"]} if put else {}


def _terms(doc: Json) -> Json:
    return doc.get("terms") or {"opening": []}


def _typed_by(row: StoredMessage, person: str) -> str | None:
    """Who entered what somebody said on the phone; null: he himself."""
    return None if row.actor.person == person else row.actor.person


def _asked(before: list[Json], message: a.SteeringMemberAsked, at: str) -> list[Json]:
    """One line for each member; who is called once more keeps his tries."""
    if any(each["person"] == message.person for each in before):
        return [
            each | {"at": at, "times": each["times"] + 1} if each["person"] == message.person else each
            for each in before
        ]
    line = {"person": message.person, "barred": message.barred, "reason": message.reason, "at": at}
    return [*before, line | {"tries": 0, "reached": None, "times": 1}]


def _tried(asked: Json, attempt: a.ContactAttemptRecorded) -> Json:
    if asked["person"] != attempt.person:
        return asked
    return asked | {"tries": asked["tries"] + 1, "reached": asked["reached"] or attempt.reached}
