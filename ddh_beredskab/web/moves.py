"""Which moves are allowed now, and why one is not: asked of the deciders themselves, on the state of this moment.

Rule kept: the screen has no rules of its own. A button asks the same pure function that will decide the command; the
answer is advice, since the state may be another when the command comes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from ddh_beredskab.core.decider import (
    Decider,
    Found,
    PersonNeeded,
    Receipts,
    ReceiptsNeeded,
    Recorded,
    Refused,
    own_stream,
)
from ddh_beredskab.core.persons import PersonState
from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.core.subscriptions import SUBSCRIPTIONS
from ddh_beredskab.core.wording import refusal_sentence
from ddh_beredskab.journal import intake
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.states import StateCache, load, load_person
from schemas.base import Actor, Command


class Moves:
    """Asks the deciders; keeps the folded states of the crises that are looked at."""

    def __init__(self, deciders: Mapping[str, Decider[Any]], playbooks: Playbooks) -> None:
        self._deciders = deciders
        self._playbooks = playbooks
        self._states: dict[str, StateCache] = {}

    def refusal(
        self, conn: Conn, environment: str, crisis: str, command: Command, actor: Actor, now: datetime
    ) -> str | None:
        """The sentence with which the command would be refused now; null: it would be accepted."""
        given = Recorded(uuid4(), now, actor, crisis, command, environment, now)
        for concern in SUBSCRIPTIONS.get(type(command), ()):
            decider = self._deciders[concern]
            state = self.state(conn, environment, crisis, concern)
            try:
                decider.decide(state, given, self._found(conn, decider, state, given))
            except Refused as refused:
                return refusal_sentence(self._playbooks.texts, refused.code, refused.facts)
        return None

    def state(self, conn: Conn, environment: str, crisis: str, concern: str) -> Any:
        """A concern's state of a crisis, as it is folded now."""
        cache = self._states.setdefault(environment, StateCache(256))
        stream = own_stream(concern, crisis)
        loaded = load(conn, stream, self._deciders[concern], cache.get(stream))
        cache.put(stream, loaded)
        return loaded.state

    @staticmethod
    def _found(conn: Conn, decider: Decider[Any], state: Any, given: Recorded[Any]) -> Found:
        persons: dict[str, PersonState] = {}
        receipts: dict[ReceiptsNeeded, Receipts] = {}
        for need in decider.needs(state, given):
            if isinstance(need, PersonNeeded):
                persons[need.person] = load_person(conn, need.stream, None).state
            elif isinstance(need, ReceiptsNeeded):
                receipts[need] = intake.receipts(conn, given.subject, need)
        return Found(persons, receipts=receipts)
