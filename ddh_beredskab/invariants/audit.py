"""One check from end to end, in slices that each read for a few milliseconds.

`check` takes them all at once, inside the caller's read. The auditor takes them a few at a time beside a live system:
what a slice has seen stays true, because rows are never changed, and what is still moving is looked at again next time.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from ddh_beredskab.core.decider import Decider
from ddh_beredskab.invariants import (
    chains,
    decided_again,
    doubles,
    endings,
    liveness,
    outcomes,
    poison,
    read_models,
    timers,
)
from ddh_beredskab.invariants.report import Findings, Report
from ddh_beredskab.invariants.rows import Line, lines_after
from ddh_beredskab.invariants.since import Since
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.messages import head_position
from ddh_beredskab.projections.read_model import ReadModel

Slices = Generator[None, Conn, None]


class Audit:
    """A check in progress."""

    def __init__(
        self,
        *,
        now: datetime,
        deciders: Mapping[str, Decider[Any]] | None = None,
        models: Sequence[ReadModel] = (),
        accepted: Iterable[UUID] | None = None,
        faults_off_seconds: float | None = None,
        since: Since | None = None,
    ) -> None:
        self.since = since if since is not None else Since()
        """What the next check may go on from; of use once this one is done."""
        self._now = now
        self._deciders = deciders
        self._models = models
        self._accepted = accepted
        self._up_seconds = faults_off_seconds
        self._found = Findings()
        self._slices = self._walk()
        self._started = False
        self.done = False

    def slice(self, conn: Conn, seconds: float = 0.0) -> bool:
        """Take slices for about so long (at least one); whether more are left."""
        until = time.perf_counter() + seconds
        try:
            if not self._started:
                self._started = True
                next(self._slices)
            while True:
                self._slices.send(conn)
                if time.perf_counter() >= until:
                    return True
        except StopIteration:
            self.done = True
            return False

    def report(self) -> Report:
        """What has been found so far."""
        return self._found.report()

    def _walk(self) -> Slices:
        since, found = self.since, self._found
        conn = yield
        upto = head_position(conn)
        if upto < since.position:
            found.breach("I2", f"message {since.position}", "shorter", head=upto)
            since = self.since = Since()
        everything = since.fresh
        first = since.position
        late = timers.lateness(conn, self._now, self._up_seconds)
        yield from outcomes.check_undone(since, found)
        touched: set[str] = set()
        while since.position < upto:
            conn = yield
            lines = lines_after(conn, since.position, upto)
            if not lines:
                break
            _check_lines(conn, lines, since, late, found)
            touched.update(line.stream for line in lines if line.stream is not None)
        if self._accepted is not None:
            yield from outcomes.check_accepted(self._accepted, found)
        if everything and self._deciders is not None:
            yield from decided_again.check_decisions(self._deciders, found)
        yield from chains.check_heads(since, None if everything else touched, found)
        if everything:
            yield from timers.check_all(found)
        yield from doubles.check_feedback(since, found)
        yield from poison.check_rows(found)
        for lo in range(first, upto, 2_000):
            conn = yield
            poison.check_deliveries(conn, lo, min(lo + 2_000, upto), found)
        yield from read_models.check_models(self._models, since, everything, found)
        conn = yield
        if late is not None:
            timers.check_overdue(conn, late, found)
        if self._up_seconds is not None:
            liveness.check_backlog(conn, self._up_seconds, found)
        names = tuple(model.stored_name for model in self._models)
        liveness.check_positions(conn, names, self._up_seconds, found)


def _check_lines(
    conn: Conn, lines: Sequence[Line], since: Since, late: timers.Lateness | None, found: Findings
) -> None:
    outcomes.check_lines(conn, lines, since, found)
    outcomes.check_causes(conn, lines, found)
    chains.check_lines(conn, lines, since, found)
    timers.check_lines(conn, lines, late, found)
    doubles.check_lines(lines, since, found)
    endings.check_lines(conn, lines, since, found)
    since.position = lines[-1].position


def check(
    conn: Conn,
    *,
    now: datetime,
    deciders: Mapping[str, Decider[Any]] | None = None,
    models: Sequence[ReadModel] = (),
    accepted: Iterable[UUID] | None = None,
    faults_off_seconds: float | None = None,
    since: Since | None = None,
) -> Report:
    """Hold the journal against I1-I10, inside the caller's read.

    `now` is the environment's time. `models` are the read models to replay (I3). `accepted` are the ids a door said
    "received" to. With `deciders` (of the playbooks that were in force) every message is decided again.
    `faults_off_seconds` is for how long nothing has been in the system's way: without it lateness (I5) and liveness
    (I9) are not judged. With `since` only what is new is looked at, and `since` moves on.
    """
    audit = Audit(
        now=now,
        deciders=deciders,
        models=models,
        accepted=accepted,
        faults_off_seconds=faults_off_seconds,
        since=since,
    )
    while audit.slice(conn, 3600.0):
        pass
    if since is not None and audit.since is not since:
        for name in Since.__slots__:
            setattr(since, name, getattr(audit.since, name))
    return audit.report()
