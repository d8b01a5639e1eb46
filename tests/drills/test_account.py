"""The account sees what it is there to see: one of each fault is planted in a real journal, and counted as exactly one.

The journal is that of a piece of the surge, played once; each test breaks a copy of it.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid5

import pytest

from ddh_beredskab.core.decider import own_stream
from ddh_beredskab.drills.account import Account, account, all_messages
from ddh_beredskab.drills.recording_model import OffShift
from ddh_beredskab.journal.clock_row import clock_now
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.database import SqliteDatabase, sqlite_path
from ddh_beredskab.journal.messages import NewMessage, StoredMessage, append_events, head_of
from schemas.base import SYSTEM, Event
from schemas.crisis_staff import DdhStatusWritten, ExternalContactAdded, ReliefPlanned, RoleAssumed
from schemas.feedback import ReportIssued
from schemas.logbook import LogEntryRecorded
from tests.chaos.stage import piece, playbooks
from tests.drills.engine import JOURNAL, change, open_at, play_here


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a piece that was played to its end."""
    data = tmp_path_factory.mktemp("played")

    async def play() -> None:
        database = await open_at(data)
        await play_here(database, piece())
        await database.close()

    asyncio.run(play())
    return data


@pytest.fixture
def journal(played: Path, tmp_path: Path) -> Iterator[SqliteDatabase]:
    """A copy of it that this test may break."""
    shutil.copytree(played, tmp_path / "data")
    database = SqliteDatabase(sqlite_path(tmp_path / "data", JOURNAL.environment))
    yield database
    database.close_now()


def held(journal: SqliteDatabase) -> Account:
    """The account as the summary takes it."""
    minutes = playbooks().limits.feedback_window_minutes
    return journal.read_now(lambda conn: account(conn, piece().inputs, minutes))


def test_a_sound_journal_has_nothing_lost_and_nothing_doubled(journal: SqliteDatabase) -> None:
    assert held(journal) == Account((), ())


# -- lost -----------------------------------------------------------------------------------------


def test_a_command_left_undone_is_one_lost(journal: SqliteDatabase) -> None:
    id_ = _a_command()
    assert change(journal, _UNDO, id=id_) == 1
    assert held(journal) == Account((f"command {id_}: 0 outcomes",), ())


def test_a_command_that_never_reached_the_journal_is_one_lost(journal: SqliteDatabase) -> None:
    id_ = _a_command()
    change(journal, "DELETE FROM deliveries WHERE position = (SELECT position FROM messages WHERE id = :id)", id=id_)
    assert change(journal, "DELETE FROM messages WHERE id = :id", id=id_) == 1
    assert held(journal) == Account((f"command {id_}: 0 outcomes",), ())


def test_an_event_that_a_concern_has_not_heard_is_one_lost(journal: SqliteDatabase) -> None:
    change(
        journal,
        "UPDATE deliveries SET done_at = NULL WHERE concern = 'logbook' AND position ="
        " (SELECT max(position) FROM deliveries WHERE concern = 'logbook')",
    )
    assert held(journal) == Account(("1 deliveries undone",), ())


def test_a_timer_that_was_due_and_did_not_fire_is_one_lost(journal: SqliteDatabase) -> None:
    newest = "SELECT deadline_id FROM timers WHERE fired_at IS NOT NULL ORDER BY fired_at DESC, deadline_id LIMIT 1"
    assert change(journal, f"UPDATE timers SET fired_at = NULL WHERE deadline_id = ({newest})") == 1
    found = held(journal)
    assert (len(found.lost), found.doubled) == (1, ())
    assert found.lost[0].startswith("timer")


def test_a_question_that_never_reached_the_journal_is_lost_and_missing_in_its_window(journal: SqliteDatabase) -> None:
    id_ = _a_question(journal)
    assert change(journal, "DELETE FROM feedback_items WHERE id = :id", id=id_) == 1
    assert held(journal) == Account((f"question {id_}",), ())
    _window_of_one(journal, -1)
    assert [each.partition(" ")[0] for each in held(journal).lost] == ["question", "window"]


def test_a_question_stored_but_not_counted_is_one_lost(journal: SqliteDatabase) -> None:
    id_ = _a_question(journal)
    change(journal, "UPDATE feedback_items SET counted_at = NULL WHERE id = :id", id=id_)
    assert held(journal) == Account((f"question {id_}",), ())


def test_an_off_shift_that_was_not_noted_is_lost_and_one_of_somebody_who_was_off_is_not(
    journal: SqliteDatabase,
) -> None:
    last = piece().inputs[-1]
    agent = journal.read_now(lambda conn: str(conn.all(Statement("SELECT min(agent) FROM agents_on_shift"))[0][0]))

    def after_an_off_shift() -> tuple[str, ...]:
        off = replace(last, kind="off_shift", at=last.at + timedelta(hours=1), payload=OffShift(agents=(agent,)))
        minutes = playbooks().limits.feedback_window_minutes
        return journal.read_now(lambda conn: account(conn, [*piece().inputs, off], minutes)).lost

    change(journal, "UPDATE agents_on_shift SET until = NULL WHERE agent = :agent", agent=agent)
    assert f"off shift {agent}" in after_an_off_shift()
    change(journal, "UPDATE agents_on_shift SET until = since + 1 WHERE agent = :agent", agent=agent)
    assert f"off shift {agent}" not in after_an_off_shift()


def test_a_window_that_is_short_by_one_is_one_lost(journal: SqliteDatabase) -> None:
    _window_of_one(journal, -1)
    found = held(journal)
    assert (len(found.lost), len(found.doubled)) == (1, 0)


def test_an_agent_whose_receipt_or_shift_is_missing_is_one_lost(journal: SqliteDatabase) -> None:
    receipts = "SELECT agent FROM guide_receipts ORDER BY agent LIMIT 1"
    assert change(journal, f"DELETE FROM guide_receipts WHERE agent = ({receipts})") >= 1
    assert len(held(journal).lost) >= 1
    assert {each.split(" ")[0] for each in held(journal).lost} == {"receipt"}


# -- doubled ---------------------------------------------------------------------------------------


def test_a_window_that_counts_one_question_twice_is_one_doubled(journal: SqliteDatabase) -> None:
    _window_of_one(journal, +1)
    found = held(journal)
    assert (found.lost, len(found.doubled)) == ((), 1)
    assert found.doubled[0].endswith("+1")


def test_a_role_with_two_holders_is_one_doubled(journal: SqliteDatabase) -> None:
    first = _last(journal, RoleAssumed)
    assert isinstance(first.message, RoleAssumed)
    _append(journal, "crisis_staff", first.message.model_copy(update={"person": "ida-tangholm"}), first)
    found = _counted_deliveries_aside(journal)
    assert found.doubled == (
        f"{first.subject}: {first.message.role} is held by both {first.message.person} and ida-tangholm",
    )


def test_a_log_entry_written_twice_for_one_cause_is_one_doubled(journal: SqliteDatabase) -> None:
    entry = _last(journal, LogEntryRecorded)
    assert isinstance(entry.message, LogEntryRecorded)
    again = entry.message.model_copy(update={"number": entry.message.number + 1})
    _append(journal, "logbook", again, entry)
    found = _counted_deliveries_aside(journal)
    assert len(found.doubled) == 1
    assert "log entry" in found.doubled[0]


def test_a_log_number_given_twice_is_one_doubled(journal: SqliteDatabase) -> None:
    entry = _last(journal, LogEntryRecorded)
    assert isinstance(entry.message, LogEntryRecorded)
    again = entry.message.model_copy(update={"caused_by": uuid5(entry.id, "another cause")})
    _append(journal, "logbook", again, entry)
    found = _counted_deliveries_aside(journal)
    assert len(found.doubled) == 1
    assert "log number" in found.doubled[0]


def test_a_report_issued_twice_is_one_doubled(journal: SqliteDatabase) -> None:
    report = _last(journal, ReportIssued)
    assert isinstance(report.message, ReportIssued)
    _append(journal, "feedback", report.message, report)
    found = _counted_deliveries_aside(journal)
    assert len(found.doubled) == 1
    assert "'report'" in found.doubled[0]


def test_three_effects_instead_of_one_are_two_doubled(journal: SqliteDatabase) -> None:
    report = _last(journal, ReportIssued)
    assert isinstance(report.message, ReportIssued)
    _append(journal, "feedback", report.message, report, "a")
    _append(journal, "feedback", report.message, report, "b")
    assert len(_counted_deliveries_aside(journal).doubled) == 2


@pytest.mark.parametrize(
    "event",
    [
        DdhStatusWritten(version=1, based_on=0, sections={"calls": "x"}, written_by="line"),
        ExternalContactAdded(
            number=1, name="", organisation="Forsyningen", function="", phone="", held_by="line", note=""
        ),
        ReliefPlanned(
            number=1,
            role="log_keeper",
            person="eva",
            begins_at=datetime(2023, 10, 21, 8, tzinfo=UTC),
            ends_at=datetime(2023, 10, 21, 18, tzinfo=UTC),
            note="",
        ),
    ],
)
def test_a_number_given_twice_at_the_staffs_table_is_one_doubled(journal: SqliteDatabase, event: Event) -> None:
    report = _last(journal, ReportIssued)
    _append(journal, "crisis_staff", event, report, "a")
    assert _counted_deliveries_aside(journal).doubled == ()
    _append(journal, "crisis_staff", event, report, "b")
    assert len(_counted_deliveries_aside(journal).doubled) == 1


# -- planting ---------------------------------------------------------------------------------------

_UNDO = (
    "UPDATE deliveries SET done_at = NULL, outcome = NULL"
    " WHERE position = (SELECT position FROM messages WHERE id = :id)"
)


def _a_command() -> str:
    """An input that is a command; its delivery is the last of nothing else."""
    return str(next(each.id for each in reversed(piece().inputs) if each.kind == "command"))


def _a_question(journal: SqliteDatabase) -> str:
    row = journal.read_now(lambda conn: conn.one(Statement("SELECT id FROM feedback_items ORDER BY position")))
    assert row is not None
    return str(row[0])


def _window_of_one(journal: SqliteDatabase, difference: int) -> None:
    one = "(SELECT min(rowid) FROM feedback_windows)"
    sql = f"UPDATE feedback_windows SET total = total + :difference WHERE rowid = {one}"
    assert change(journal, sql, difference=difference) == 1


def _last(journal: SqliteDatabase, kind: type[Event]) -> StoredMessage:
    return [each for each in journal.read_now(lambda c: list(all_messages(c))) if isinstance(each.message, kind)][-1]


def _append(journal: SqliteDatabase, concern: str, event: Event, like: StoredMessage, salt: str = "") -> None:
    """Store the event once more, properly, with an id of its own: what is there twice is the effect, not the id."""
    stream = own_stream(concern, like.subject)

    def job(conn: Conn) -> None:
        new = NewMessage(
            uuid5(UUID(int=like.id.int), f"planted{salt}"),
            event,
            like.subject,
            like.time,
            SYSTEM,
            like.id,
            None,
            stream,
        )
        append_events(conn, JOURNAL, {stream: head_of(conn, stream)}, [new], clock_now(conn))

    journal.write_now(job)


def _counted_deliveries_aside(journal: SqliteDatabase) -> Account:
    """The planted event's own deliveries are no part of the fault."""
    change(journal, "UPDATE deliveries SET done_at = committed_at, outcome = 'nothing' WHERE done_at IS NULL")
    found = held(journal)
    assert found.lost == ()
    return found
