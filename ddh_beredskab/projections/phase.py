"""Which phase a crisis is in: a table from event to phase, shared by all read models that show it.

Words on the screen (glossary): Indmeldt, Under vurdering, Forvarsel, Foreløbigt aktiveret, Aktiveret, Vedvarende
drift, Nedtrapning, Afsluttet, Evalueret, Ikke aktiveret.
"""

from __future__ import annotations

from typing import Literal

from schemas import activation as a
from schemas.base import Message

Phase = Literal[
    "reported",
    "under_assessment",
    "warned",
    "provisional",
    "active",
    "sustained",
    "stepping_down",
    "deactivated",
    "evaluated",
    "declined",
]

RUNNING: frozenset[Phase] = frozenset({"provisional", "active", "sustained", "stepping_down"})
"""DDH Beredskab is at work."""
OVER: frozenset[Phase] = frozenset({"deactivated", "evaluated", "declined"})
"""Nothing more is awaited but paperwork."""


def phase_after(phase: Phase, message: Message) -> Phase:
    """The phase after a message; unchanged by most."""
    match message:
        case a.IncidentReported():
            return "reported"
        case a.SteeringMemberAsked() | a.DecisionProposed() if phase in ("reported", "declined"):
            return "under_assessment"  # from declined: it is taken up again
        case a.VoteCast() if phase == "reported":
            return "under_assessment"
        case a.CrisisWarned():
            return "warned"
        case a.CrisisProvisionallyActivated():
            return "provisional"
        case a.CrisisActivated():
            return phase if message.confirms_provisional and phase in ("sustained", "stepping_down") else "active"
        case a.StepDownReversed() | a.CrisisReopened():
            return "active"
        case a.SustainedOperationEntered() if phase in ("provisional", "active"):
            return "sustained"
        case a.StepDownAgreed():
            return "stepping_down"
        case a.CrisisDeactivated():
            return "deactivated"
        case a.EvaluationRecorded():
            return "evaluated"
        case a.CrisesLinked() if message.ended:
            return "declined"
        case a.IncidentRejected():
            return "declined"
        case a.ActivationDeclined() | a.ActivationReversed() | a.ForewarningLapsed() | a.PlannedPeakNoted():
            return "declined"
        case _:
            return phase


def summary_phase(phase: Phase) -> str:
    """The phase in the words of `drill-summary.v1.json`."""
    return {"under_assessment": "reported", "evaluated": "deactivated"}.get(phase, phase)
