"""The verdict on a run: nothing lost, nothing doubled, every invariant kept.

Two reckonings that know nothing of each other: the product's own invariants, as its auditor holds them, and the
drill's account, which counts effects from business data against what was sent.
"""

from __future__ import annotations

from dataclasses import replace

from ddh_beredskab.clock import use_time
from ddh_beredskab.drills.account import account
from ddh_beredskab.invariants import check
from ddh_beredskab.journal import quarantine
from ddh_beredskab.journal.messages import read_after
from ddh_beredskab.journal.states import Loaded
from ddh_beredskab.projections import MODELS, runner
from schemas.base import Command
from schemas.feedback import FeedbackItem
from tests.simulation.faults import Plan
from tests.simulation.scenario import playbooks
from tests.simulation.world import Run, World


def simulate(plan: Plan) -> Run:
    """Play a plan and judge it."""
    world = World(plan)
    run = world.play()
    with use_time(world.time):
        _judge(world, run)
    world.disk.real.close()
    return run


def _judge(world: World, run: Run) -> None:
    if world.disk.real.in_transaction:
        world.disk.real.execute("ROLLBACK")
    conn = world.conn()
    run.accepted = len(world.accepted)
    run.messages = int(world.disk.real.execute("SELECT count(*) FROM messages").fetchone()[0])
    run.journal_sha256 = world.journal_sha256()

    told = [each.given for each in world.accepted]
    ids = [each.id for each in told if isinstance(each.payload, Command)]
    ids += [each.payload.id for each in told if isinstance(each.payload, FeedbackItem)]
    report = check(conn, now=world.now(), accepted=ids, deciders=world.deciders)
    run.breaches += [f"{each.invariant}: {each.place}: {each.what}" for each in report.breaches]

    played = [replace(each.given, at=each.wall) for each in world.accepted]
    rows = read_after(conn, 0, run.messages)
    held = account(conn, played, playbooks().limits.feedback_window_minutes, rows)
    run.breaches += [f"lost: {each}" for each in held.lost] + [f"doubled: {each}" for each in held.doubled]

    for model in MODELS:
        if runner.dump(conn, model) != runner.folded(model, rows):
            run.breaches.append(f"I3: {model.name} is not what a replay gives")

    run.breaches += _stale_states(world)

    poison = [each for each in quarantine.listing(conn) if each.position is not None]
    if len(poison) != world.poisoned:
        run.breaches.append(f"I8: {world.poisoned} poisoned, {len(poison)} deliveries in quarantine: {poison[:3]}")


def _stale_states(world: World) -> list[str]:
    """What a worker remembers, brought up to date, is what a worker that remembers nothing would load."""
    fresh: dict[str, Loaded] = {}
    found: list[str] = []
    for name, worker in world.workers.items():
        for stream, remembered in worker.ringer.states.items():
            kept = world.load(stream, remembered)
            if stream not in fresh:
                fresh[stream] = world.load(stream, None)
            if kept != fresh[stream]:
                found.append(f"state: {name} remembers {stream} otherwise than its events say")
    return found
