"""Two thousand agents at their desks on one web process: `python -m benchmarks.agents [--count 2000] [--updates 10]`.

A version released: how long from the release until it stands on each desk, over all desks and versions. Then a receipt
from every agent of the last version: one in ten sends his twice, one in twenty loses the line before the answer and
sends again, as the desk does; in the journal each must stand once. All are logged in, each with a session of his own.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.common import percentile, row
from benchmarks.viewers import CRISIS, HOST, Engine, Viewer, web_process
from ddh_beredskab.core.playbook import SEVEN_QUESTIONS
from ddh_beredskab.drills.demo_people import add_demo_people
from ddh_beredskab.drills.recording import load_recording
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.database import sqlite_path
from ddh_beredskab.people.directory import directory
from ddh_beredskab.people.entry import open_session
from ddh_beredskab.people.register import add_person, give, open_account
from ddh_beredskab.playbooks import find_playbooks
from ddh_beredskab.streams.embedded_broker import free_port
from ddh_beredskab.web.guard import COOKIE
from schemas import guides as g
from schemas.activation import Authority, CastVote, DecisionTerms, ProposeDecision, ReportIncident
from schemas.base import Actor, Role, StaffRole
from schemas.crisis_staff import AnswerRoleOffer

TARGET_SECONDS = 2.0
AT_ONCE = 100
"""Receipts that are on their way at one time."""
TWICE, LOST = 0.10, 0.05
ANSWER = "Vandet stiger ikke længere, og vejen ved havnen er spærret for al trafik. "
_RECEIPTS = Statement("SELECT count(*), count(DISTINCT agent) FROM guide_receipts WHERE version = :version")
_STAFF: tuple[tuple[str, StaffRole], ...] = (
    ("asta-klitvang", "crisis_leader"), ("frederik-maagevang", "communications_lead"),
    ("tobias-havrimmel", "local_information_lead"), ("birgit-vesterklit", "local_leader"),
    ("jonas-tangmark", "log_keeper"),
)  # fmt: skip


@dataclass
class Receipts:
    """What became of them."""

    taken: list[float] = field(default_factory=list[float])
    sent: int = 0
    lost: int = 0
    failed: int = 0


async def measure(count: int, updates: int) -> bool:
    """Run and print; whether every version came to every desk in time and every receipt stands once."""
    with tempfile.TemporaryDirectory(prefix="ddh-agents-") as name:
        data, port = Path(name), free_port()
        engine = Engine(sqlite_path(data, "drift"))
        tokens = _hire(engine, count)
        _activate(engine)
        seen: dict[bytes, list[float]] = {}
        async with web_process(data, port) as pid:
            began = time.monotonic()
            desks = [await _sit_down(port, token, seen) for token in tokens]
            opening = time.monotonic() - began
            await asyncio.sleep(3)
            waited: list[float] = []
            missed = 0
            for number in range(updates):
                released = _release(engine, number)
                marker = b"%06d" % number
                until = time.monotonic() + 30
                while len(seen.get(marker, ())) < count and time.monotonic() < until:
                    await asyncio.sleep(0.01)
                waited += [at - released for at in seen.get(marker, [])]
                missed += count - len(seen.get(marker, ()))
                await asyncio.sleep(1)
            before = _cpu_seconds(pid)
            receipts, lasted = await _all_confirm(port, tokens, updates)
            each_ms = (_cpu_seconds(pid) - before) * 1000 / receipts.sent
            for desk in desks:
                desk.abort()
        stored = engine.database.read_now(lambda conn: conn.one(_RECEIPTS, version=updates))
        engine.database.close_now()
    rows, agents = (int(stored[0]), int(stored[1])) if stored else (0, 0)
    row("what", "n", "p50 ms", "p99 ms", "max ms")
    row(*["---"] * 5)
    row("version in force on a desk", len(waited), *_ms(waited))
    row("receipt answered", len(receipts.taken), *_ms(receipts.taken))
    sys.stdout.write(
        f"desks: {count}, opened in {opening:.1f} s; versions: {updates}; not delivered: {missed}; p99 target"
        f" {TARGET_SECONDS:.0f} s\nreceipts: {receipts.sent} sent by {count} agents within {lasted:.1f} s,"
        f" {receipts.lost} lines lost before the answer, {receipts.failed} never taken; stored {rows} of {count},"
        f" each agent once: {'yes' if rows == agents == count else 'no'};"
        f" {each_ms:.1f} ms of the web's processor each\n"
    )
    in_time = bool(waited) and percentile(waited, 0.99) <= TARGET_SECONDS
    return missed == 0 and in_time and rows == agents == count


def _cpu_seconds(pid: int) -> float:
    """What a process has used of a processor; 0 where nobody says."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _ms(seconds: list[float]) -> list[str]:
    return [f"{percentile(seconds, share) * 1000:.0f}" for share in (0.5, 0.99, 1.0)] if seconds else ["-"] * 3


# -- the crisis -----------------------------------------------------------------------------------


def _hire(engine: Engine, count: int) -> list[str]:
    """The demo's people, and as many agents, all fictional; the agents' sessions."""
    recording = load_recording("stormflod-2023", [find_playbooks() / "drills"])

    def job(conn: Conn) -> list[str]:
        add_demo_people(conn, recording)
        tokens: list[str] = []
        for number in range(count):
            ref = f"maalt-agent-{number:04d}"
            add_person(conn, f"Målt Agent {number}", "9002", by="maaling", ref=ref, fictional=True)
            open_account(conn, ref, ref, by="maaling")
            give(conn, ref, "call_agent", by="maaling", municipality="9002")
            tokens.append(open_session(conn, ref, "password"))
        return tokens

    return engine.database.write_now(job)


def _activate(engine: Engine) -> None:
    """Reported, decided, staffed, and with a first message."""
    found = engine.database.read_now(lambda conn: directory(conn, ["9001"], member_count=31, trained_days=365))
    authority = Authority(code="9001", name="Strandby Kommune", affected=("9001",), fictional=True)
    _give(engine, ReportIncident(
        kind="stormflod", title="Målt stormflod", authority=authority, asked_by="birgit-vesterklit",
        entered_by="birgit-vesterklit", entry="form", what_happened="Vandet stiger.", where="Havnen",
        situation="Telefonerne er optaget.", started="Krisestaben er samlet.", directory=found,
    ), "birgit-vesterklit", "municipal_leader")  # fmt: skip
    terms = DecisionTerms(channels=("contact_centre",))
    propose = ProposeDecision(outcome="activate", terms=terms, grounds="Vandet er i byen.")
    _give(engine, propose, "henrik-brisager", "steering_group")
    for person in ("henrik-brisager", "lone-tangholt", "karin-lyngstroem"):
        _give(engine, CastVote(vote="for", grounds="Enig."), person, "steering_group")
    for person, role in _STAFF:
        _give(engine, AnswerRoleOffer(role=role, answer="coming"), person, role)
    _give(engine, g.ReleaseFirstMessage(lines=("Vandet stiger.",)), "asta-klitvang", "crisis_leader")


def _release(engine: Engine, number: int) -> float:
    """Another version: written and approved beforehand; the second its release was given."""
    answers: dict[g.Question, str] = dict.fromkeys(SEVEN_QUESTIONS, ANSWER * 3)
    answers["latest"] = f"Målt. M{number:06d}M. {ANSWER}"
    content = g.GuideContent(
        answers=answers, does_not_answer=("Om skader bliver dækket.",), transfer=("Vagthavende, 00 00 90 01, varm",),
        duty_number="00 00 90 01", by_topic=dict.fromkeys(("stroem", "evakuering", "dyr", "hjemmepleje"), ANSWER),
    )  # fmt: skip
    draft = number + 1
    _give(engine, g.WriteGuideDraft(content=content), "tobias-havrimmel", "local_information_lead")
    _give(engine, g.ApproveGuideFacts(draft=draft), "tobias-havrimmel", "local_information_lead")
    began = time.monotonic()
    release = g.ReleaseGuide(draft=draft, reason=f"Måling {number}", channels=("contact_centre",))
    _give(engine, release, "frederik-maagevang", "communications_lead")
    return began


def _give(engine: Engine, command: object, person: str, role: Role) -> None:
    engine.take(command, Actor(person=person, role=role, municipality="9001"))


# -- the desks ------------------------------------------------------------------------------------


async def _sit_down(port: int, token: str, seen: dict[bytes, list[float]]) -> asyncio.Transport:
    request = (
        f"GET /live?topic=vagt/drift@0 HTTP/1.1\r\nHost: {HOST}:{port}\r\nCookie: {COOKIE}={token}\r\n\r\n"
    ).encode()
    transport, _ = await asyncio.get_running_loop().create_connection(lambda: Viewer(request, seen), HOST, port)
    await asyncio.sleep(0.002)
    return transport


async def _all_confirm(port: int, tokens: list[str], version: int) -> tuple[Receipts, float]:
    """Everybody presses *Jeg har set det*."""
    told, turn, chance = Receipts(), asyncio.Semaphore(AT_ONCE), random.Random(2023)

    async def one(token: str, *, twice: bool, loses: bool) -> None:
        async with turn:
            if loses:
                await _post(port, token, version, told, listen=False)
            await _post(port, token, version, told)
            if twice:
                await _post(port, token, version, told)

    began = time.monotonic()
    draws = [(token, chance.random(), chance.random()) for token in tokens]
    await asyncio.gather(*(one(token, twice=a < TWICE, loses=b < LOST) for token, a, b in draws))
    return told, time.monotonic() - began


async def _post(port: int, token: str, version: int, told: Receipts, *, listen: bool = True) -> None:
    body = urlencode({"crisis": CRISIS, "version": version})
    head = (
        f"POST /vagt/drift/set HTTP/1.1\r\nHost: {HOST}:{port}\r\nCookie: {COOKIE}={token}\r\nConnection: close\r\n"
        "Accept: application/json\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n"
    )
    began = time.monotonic()
    told.sent += 1
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        writer.write(f"{head}\r\n{body}".encode())
        await writer.drain()
        if not listen:
            told.lost += 1
            writer.transport.abort()
            return
        status = await asyncio.wait_for(reader.readline(), 30)
        if b" 200 " not in status:
            told.failed += 1
            return
        told.taken.append(time.monotonic() - began)
    except (OSError, TimeoutError):
        told.failed += 1
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def run(*, smoke: bool) -> bool:
    """Print the table; `smoke`: two hundred desks."""
    count, updates = (200, 3) if smoke else (2_000, 10)
    sys.stdout.write(f"\n## Agents: {count} desks on one web process, {datetime.now(UTC):%d-%m-%Y}\n\n")
    return asyncio.run(measure(count, updates))


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.agents", description=__doc__)
    parser.add_argument("--count", type=int, default=2_000)
    parser.add_argument("--updates", type=int, default=10)
    given = parser.parse_args()
    raise SystemExit(0 if asyncio.run(measure(given.count, given.updates)) else 1)


if __name__ == "__main__":
    main()
