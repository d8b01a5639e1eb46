"""The verdict on a run: nothing lost, nothing doubled, every invariant kept."""

from __future__ import annotations

from dataclasses import replace

from ddh_beredskab.clock import use_time
from ddh_beredskab.drills.account import account
from ddh_beredskab.journal import quarantine
from ddh_beredskab.journal.messages import read_after
from ddh_beredskab.journal.verify import verify_journal
from ddh_beredskab.projections import MODELS, runner
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
    conn = world.conn()
    if world.disk.real.in_transaction:
        world.disk.real.execute("ROLLBACK")
    run.accepted = len(world.accepted)
    run.messages = int(world.disk.real.execute("SELECT count(*) FROM messages").fetchone()[0])
    run.journal_sha256 = world.journal_sha256()
    played = [replace(each.given, at=each.wall) for each in world.accepted]
    held = account(conn, played, playbooks().limits.feedback_window_minutes)
    run.breaches += [f"lost: {each}" for each in held.lost] + [f"doubled: {each}" for each in held.doubled]
    run.breaches += [f"I2: {each}" for each in verify_journal(conn)]
    rows = read_after(conn, 0, 1_000_000)
    for model in MODELS:
        if runner.dump(conn, model) != runner.folded(model, rows):
            run.breaches.append(f"I3: {model.name} is not what a replay gives")
    aside = quarantine.listing(conn)
    poison = [each for each in aside if each.position is not None]
    if len(poison) != world.poisoned:
        run.breaches.append(f"I8: {world.poisoned} poisoned, {len(poison)} deliveries in quarantine: {poison[:3]}")
