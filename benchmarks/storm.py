"""What is sent in the storm: 98 municipalities report at once, and the people asked to come say no, one by one.

Everything is known before the first is sent: in each crisis seven roles have eight candidates each, all of them
somebody else, so who is asked next follows from the roles' rule. All persons and municipalities are fictional.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, get_args
from uuid import uuid4

from ddh_beredskab.drills.recording import load_recording
from ddh_beredskab.playbooks import find_playbooks
from schemas.activation import Directory, GiveProvisionalActivation, ReportIncident, StaffCandidate
from schemas.base import Actor, Command, StaffRole
from schemas.crisis_staff import AnswerRoleOffer
from schemas.logbook import WriteLogEntry

MUNICIPALITIES = 98
ROLES: tuple[StaffRole, ...] = get_args(StaffRole)
CANDIDATES = 8
MOST_OFFERS = MUNICIPALITIES * len(ROLES) * CANDIDATES

_TOPICS = ("sandsaekke", "evakuering", "stroem", "skoler", "drikkevand", "veje")


@dataclass(frozen=True, slots=True)
class Sent:
    """One command on its way: what the clock of the run calls it, and what goes over the wire."""

    id: str
    kind: str
    crisis: str
    body: dict[str, Any]


def crises() -> list[str]:
    """The ids of the crises."""
    return [f"storm-{number:02d}" for number in range(MUNICIPALITIES)]


class Storm:
    """The messages of one run."""

    def __init__(self, seed: int) -> None:
        recording = load_recording("stormflod-2023", [find_playbooks(None) / "drills"])
        first = recording.inputs[0]
        given = next(each for each in recording.inputs if isinstance(each.payload, GiveProvisionalActivation))
        assert isinstance(first.payload, ReportIncident)
        assert isinstance(given.payload, GiveProvisionalActivation)
        self._report, self._reporter = first.payload, first.actor
        self._activation, self._leader = given.payload, given.actor
        self._draw = random.Random(seed)

    def report(self, crisis: str) -> Sent:
        """The municipality asks for help."""
        report = self._report.model_copy(
            update={"title": f"Storm {crisis}", "directory": self._directory(crisis), "expected_at": None}
        )
        return _sent("report", crisis, report, self._reporter)

    def activate(self, crisis: str) -> Sent:
        """Provisionally: the search for the seven roles begins with seven offers."""
        terms = self._activation.terms.model_copy(update={"opening": ()})
        return _sent("activation", crisis, self._activation.model_copy(update={"terms": terms}), self._leader)

    def answers(self) -> Iterator[Sent]:
        """Every candidate says no, and the next one is asked: crisis by crisis and role by role, round and round."""
        for number in range(CANDIDATES - 1):
            for role in ROLES:
                for crisis in crises():
                    actor = Actor(person=_person(crisis, role, number), role=role)
                    yield _sent("answer", crisis, AnswerRoleOffer(role=role, answer="cannot"), actor)

    def entry(self, number: int) -> Sent:
        """A line in the log of some crisis, by which a screen can be seen to show it."""
        crisis = self._draw.choice(crises())
        entry = WriteLogEntry(kind="information_in", text=marker(number), happened_at=datetime.now(UTC))
        return _sent("entry", crisis, entry, Actor(person="proeve-logfoerer", role="log_keeper"))

    def questions(self, count: int) -> list[dict[str, Any]]:
        """What citizens asked."""
        now = datetime.now(UTC).isoformat()
        return [
            {
                "id": str(uuid4()),
                "crisis_id": self._draw.choice(crises()),
                "topic": self._draw.choice(_TOPICS),
                "time": now,
                "answered": self._draw.choice(("yes", "partly", "no")),
            }
            for _ in range(count)
        ]

    def _directory(self, crisis: str) -> Directory:
        candidates: list[StaffCandidate] = []
        for role in ROLES:
            known = next(each for each in self._report.directory.candidates if each.role == role)
            candidates += [
                known.model_copy(
                    update={
                        "person": _person(crisis, role, number),
                        "position": "holder" if number == 0 else "deputy",
                        "order": number,
                        "reachable": True,
                    }
                )
                for number in range(CANDIDATES)
            ]
        nobody = tuple(each.model_copy(update={"absent": True}) for each in self._report.directory.steering_group)
        # with nobody to call, the project leader activates by delegation, and the search for roles begins
        return self._report.directory.model_copy(update={"candidates": tuple(candidates), "steering_group": nobody})


def marker(number: int) -> str:
    """A text that is found again in what a screen gets."""
    return f"Melding M{number:06d}M fra havnen"


def _person(crisis: str, role: str, number: int) -> str:
    return f"{crisis}-{role.replace('_', '-')}-{number}"


def _sent(kind: str, crisis: str, command: Command, actor: Actor) -> Sent:
    id_ = str(uuid4())
    body = {
        "id": id_,
        "type": type(command).type_name(),
        "subject": crisis,
        "actor": actor.model_dump(mode="json"),
        "data": command.model_dump(mode="json", by_alias=True),
    }
    return Sent(id_, kind, crisis, body)
