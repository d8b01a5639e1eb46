"""What `doctor` looks at, one function per question, each answer with its mend.

The rule kept: a check never writes, never starts anything and never raises; what it cannot find out is told as such.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ddh_beredskab.backup.facts import LastBackup, last_backup
from ddh_beredskab.cli.edge import failure_of, reason
from ddh_beredskab.errors import UserError
from ddh_beredskab.i18n import say
from ddh_beredskab.journal.database import Database
from ddh_beredskab.settings import Settings

State = Literal["ok", "note", "wrong"]
LITTLE_ROOM_MB = 500
OLD_BACKUP_HOURS = 24


@dataclass(frozen=True, slots=True)
class Check:
    """One answer: `found` is what is there, `mend` what to do about it."""

    name: str
    state: State
    found: str
    mend: str = ""
    more: dict[str, Any] | None = None
    """For programs alone: the report of a longer check."""

    def as_json(self) -> dict[str, Any]:
        told = {"name": self.name, "state": self.state, "found": self.found, "mend": self.mend}
        return told if self.more is None else {**told, "report": self.more}


async def examine(settings: Settings) -> list[Check]:
    """All answers, from the ground up."""
    checks = [_python(), _sqlite(settings), _data_folder(settings)]
    checks.append(_playbooks(settings))
    checks.append(_tansu(settings))
    checks += _supervisor(settings)
    checks.append(await _broker(settings))
    checks.append(_port(settings))
    checks += await _journals(settings)
    return checks


def _python() -> Check:
    return Check("python", "ok", sys.version.split()[0])


def _sqlite(settings: Settings) -> Check:
    from ddh_beredskab.journal import driver

    version = ".".join(str(part) for part in driver.VERSION)
    found = say("doctor.sqlite", version=version, module=driver.sqlite.__name__)
    if settings.database or driver.wal_is_safe():
        return Check("sqlite", "ok", found)
    return Check("sqlite", "note", found, say("doctor.sqlite_mend"))


def _data_folder(settings: Settings) -> Check:
    folder = settings.data
    if not folder.exists():
        above = next((each for each in folder.absolute().parents if each.exists()), Path("/"))
        if not os.access(above, os.W_OK):
            return Check("data", "wrong", say("doctor.data_unwritable", folder=folder), say("doctor.data_mend"))
        return Check("data", "note", say("doctor.data_missing", folder=folder), say("doctor.data_will_come"))
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        return Check("data", "wrong", say("doctor.data_unwritable", folder=folder), say("doctor.data_mend"))
    free = shutil.disk_usage(folder).free // 1_000_000
    found = say("doctor.data", folder=folder.resolve(), free=free)
    if free < LITTLE_ROOM_MB:
        return Check("data", "wrong", found, say("doctor.data_full"))
    return Check("data", "ok", found)


def _playbooks(settings: Settings) -> Check:
    from ddh_beredskab.playbooks import check_playbooks, find_playbooks

    try:
        problems = check_playbooks(settings.playbooks)
        if problems:
            found = say("doctor.playbooks_wrong", n=len(problems), first=problems[0])
            return Check("playbooks", "wrong", found, say("doctor.playbooks_mend"))
        return Check("playbooks", "ok", str(find_playbooks(settings.playbooks)))
    except UserError as error:
        return Check("playbooks", "wrong", error.sentence, say("doctor.playbooks_mend"))


def _tansu(settings: Settings) -> Check:
    from ddh_beredskab.streams.embedded_broker import find_binary

    try:
        return Check("tansu", "ok", str(find_binary()))
    except UserError as error:
        state: State = "note" if settings.broker else "wrong"
        return Check("tansu", state, say("doctor.tansu_missing"), error.sentence)


def _supervisor(settings: Settings) -> Iterator[Check]:
    from ddh_beredskab.streams.supervisor_file import is_running, read_status

    try:
        running = is_running(settings.data)
    except OSError as error:
        yield Check("supervisor", "note", say("doctor.unknown", why=reason(error)))
        return
    status = read_status(settings.data) if running else None
    if status is None:
        yield Check("supervisor", "note", say("doctor.not_running"), say("doctor.start"))
        return
    parts: list[str] = []
    worst: State = "ok"
    for name, child in status["children"].items():
        parts.append(say("doctor.child", name=name, state=say(f"child_state.{child['state']}"), n=child["restarts"]))
        if child["state"] != "running":
            worst = "wrong"
    mend = say("doctor.child_mend", folder=settings.data / "log") if worst != "ok" else ""
    yield Check("supervisor", worst, "; ".join(parts), mend)


async def _broker(settings: Settings) -> Check:
    from ddh_beredskab.streams.topics import broker_kind

    if settings.bootstrap_servers is None:
        return Check("broker", "ok", say("doctor.broker_embedded"))
    try:
        kind = await broker_kind(settings.bootstrap_servers, within=5)
    except UserError as error:
        return Check("broker", "wrong", settings.bootstrap_servers, error.sentence)
    except Exception as error:
        return Check("broker", "wrong", settings.bootstrap_servers, say("doctor.unknown", why=error))
    return Check("broker", "ok", say("doctor.broker", address=settings.bootstrap_servers, kind=kind))


def _port(settings: Settings) -> Check:
    from ddh_beredskab.streams.embedded_broker import check_port_free
    from ddh_beredskab.streams.supervisor_file import is_running

    found = f"{settings.host}:{settings.port}"
    try:
        check_port_free(settings.port, settings.host)
    except UserError:
        if is_running(settings.data):
            return Check("port", "ok", say("doctor.port_ours", address=found))
        return Check("port", "wrong", say("doctor.port_taken", address=found), say("doctor.port_mend"))
    return Check("port", "ok", say("doctor.port_free", address=found))


async def _journals(settings: Settings) -> list[Check]:
    from ddh_beredskab.bootstrap import environments

    kind = say("doctor.database_postgres" if settings.database else "doctor.database_sqlite")
    try:
        names = await environments(settings)
    except Exception as error:
        return [Check("database", "wrong", kind, failure_of(error).message)]
    checks = [Check("database", "ok", kind)]
    if not names:
        return [*checks, Check("environment", "note", say("doctor.no_environments"), say("doctor.start"))]
    for name in names:
        checks += await _journal(settings, name)
    return checks


async def _journal(settings: Settings, name: str) -> list[Check]:
    from ddh_beredskab.bootstrap import open_journal
    from ddh_beredskab.journal.database import sqlite_path
    from ddh_beredskab.journal.migrate import HEAD

    if not settings.database:
        path = sqlite_path(settings.data, name)
        try:
            schema = _schema(path)
        except Exception as error:
            why = say("doctor.not_a_journal", environment=name, why=error)
            return [Check("environment", "wrong", why, say("doctor.not_a_journal_mend", path=path))]
        if schema != HEAD:
            found = say("doctor.schema", environment=name, theirs=schema or "-", ours=HEAD)
            mend = say("doctor.schema_newer" if schema and schema > HEAD else "doctor.schema_older")
            return [Check("environment", "wrong", found, mend)]
    try:
        database = await open_journal(settings, name, migrate=False)
    except Exception as error:
        return [Check("environment", "wrong", name, failure_of(error).message)]
    try:
        facts = await database.read(_facts)
        promises = await _promises(name, database)
        kept = [] if name != "drift" else [_kept(await database.read(last_backup))]
    except Exception as error:
        return [Check("environment", "wrong", name, failure_of(error).message)]
    finally:
        await database.close()
    return [*_judged(name, HEAD, facts), promises, *kept]


def _kept(last: LastBackup | None) -> Check:
    """How old the newest backup is. Only real operation needs one."""
    from datetime import UTC, datetime, timedelta

    from ddh_beredskab.danish_time import day_and_clock, in_words

    if last is None:
        return Check("backup", "note", say("doctor.no_backup"), say("doctor.backup_mend"))
    age = datetime.now(UTC) - last.at
    age_in_words = in_words(age) or say("cli.backup.under_a_minute")
    found = say("doctor.backup", at=day_and_clock(last.at), age=age_in_words, file=last.file)
    old = age > timedelta(hours=OLD_BACKUP_HOURS)
    return Check("backup", "note" if old else "ok", found, say("doctor.backup_mend") if old else "")


async def _promises(name: str, database: Database) -> Check:
    """Everything the system promises (I1-I10), held against the whole journal; also beside a running system."""
    from ddh_beredskab.invariants import Audit
    from ddh_beredskab.journal.clock_row import clock_now
    from ddh_beredskab.projections import MODELS

    audit = Audit(now=await database.read(clock_now), models=MODELS)
    while await database.read(lambda conn: audit.slice(conn, 0.05)):
        pass
    report = audit.report()
    n = f"{sum(report.checked.values()):,}".replace(",", ".")
    if report.ok:
        return Check("promises", "ok", say("doctor.promises", environment=name, n=n), more=report.as_json())
    found = say("doctor.promises_broken", environment=name, n=report.count)
    mend = "\n    ".join([*report.told().splitlines(), say("doctor.promises_mend")])
    return Check("promises", "wrong", found, mend, report.as_json())


def _schema(path: Path) -> str | None:
    """The schema a journal file has, read without changing a byte of it."""
    from ddh_beredskab.journal import driver

    connection: Any = driver.sqlite.connect(f"file:{path}?mode=ro", uri=True)
    try:
        tables = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone() if tables else None
        return str(row[0]) if row else None
    finally:
        connection.close()


def _facts(conn: Any) -> dict[str, int]:
    from ddh_beredskab.journal.deliveries import count_undone
    from ddh_beredskab.journal.intake import uncounted
    from ddh_beredskab.journal.messages import head_position
    from ddh_beredskab.journal.quarantine import count
    from ddh_beredskab.projections import MODELS, behind

    return {
        "messages": head_position(conn),
        "undone": count_undone(conn),
        "uncounted": uncounted(conn)[0],
        "behind": behind(conn, MODELS),
        "quarantine": count(conn),
    }


def _judged(name: str, schema: str, facts: dict[str, int]) -> Iterator[Check]:
    yield Check("environment", "ok", say("doctor.environment", environment=name, schema=schema, n=facts["messages"]))
    waiting = facts["undone"] + facts["uncounted"] + facts["behind"]
    if waiting:
        found = say("doctor.waiting", environment=name, **facts)
        yield Check("waiting", "note", found, say("doctor.waiting_mend"))
    if facts["quarantine"]:
        found = say("doctor.quarantine", environment=name, n=facts["quarantine"])
        yield Check("quarantine", "wrong", found, say("doctor.quarantine_mend"))
