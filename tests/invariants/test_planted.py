"""A breach planted behind the journal's back is found, named and nothing else is; a clean journal shows none."""

from __future__ import annotations

import time
from uuid import UUID

import pytest

from ddh_beredskab.i18n import say
from ddh_beredskab.invariants import INVARIANTS, check
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.messages import raw_bytes_at
from ddh_beredskab.journal.quarantine import put
from ddh_beredskab.projections import MODELS
from ddh_beredskab.projections.situation import SITUATION
from tests.invariants.bench import Bench

NOBODY = UUID("00000000-0000-7000-8000-0000000000ff")
A_DECIDED = "(SELECT max(position) FROM deliveries WHERE concern = 'logbook' AND outcome = 'decided')"
A_SILENT = "(SELECT max(position) FROM deliveries WHERE concern = 'feedback' AND outcome = 'nothing')"
A_TIMER = "(SELECT min(deadline_id) FROM timers WHERE fired_at IS NOT NULL)"
CANCELLED = "(SELECT min(deadline_id) FROM timers WHERE cancelled_at IS NOT NULL)"


async def test_a_clean_journal_shows_none_and_everything_was_looked_at(bench: Bench) -> None:
    report = await bench.database.read(
        lambda conn: check(conn, now=bench.now, models=MODELS, faults_off_seconds=60, accepted=[])
    )
    assert report.ok, report.told()
    looked_at = {name for name in INVARIANTS if report.checked[name]}
    assert looked_at == {*INVARIANTS} - {"I4", "I8"}  # no outward effects, and nothing in quarantine


# -- I1 -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "position", "concern", "key"),
    [
        (f"DELETE FROM deliveries WHERE concern = 'logbook' AND position = {A_DECIDED}", A_DECIDED, "logbook",
         "delivery_missing"),
        (f"UPDATE deliveries SET outcome = 'nothing' WHERE concern = 'logbook' AND position = {A_DECIDED}", A_DECIDED,
         "logbook", "effect_without_outcome"),
        (f"UPDATE deliveries SET outcome = 'refused' WHERE concern = 'logbook' AND position = {A_DECIDED}", A_DECIDED,
         "logbook", "refusal_missing"),
        (f"UPDATE deliveries SET outcome = NULL WHERE concern = 'logbook' AND position = {A_DECIDED}", A_DECIDED,
         "logbook", "no_such_outcome"),
        (f"UPDATE deliveries SET outcome = NULL, done_at = NULL WHERE concern = 'logbook' AND position = {A_DECIDED}",
         A_DECIDED, "logbook", "effect_without_outcome"),
        (f"UPDATE deliveries SET outcome = 'decided' WHERE concern = 'feedback' AND position = {A_SILENT}", A_SILENT,
         "feedback", "effect_missing"),
    ],
)  # fmt: skip
async def test_i1_an_outcome_that_is_not_so(bench: Bench, change: str, position: str, concern: str, key: str) -> None:
    place = f"{concern}/{await bench.one(f'SELECT {position}')}"
    report = await bench.damaged(change)
    assert {(each.invariant, each.place) for each in report.breaches} == {("I1", place)}
    assert any(_says(key) in each.what for each in report.breaches)


async def test_i1_a_delivery_nobody_asked_for(bench: Bench) -> None:
    report = await bench.damaged(
        "INSERT INTO deliveries (position, concern, crisis, committed_at, done_at, outcome)"
        " SELECT position, 'guides', crisis, committed_at, done_at, 'nothing' FROM deliveries"
        " WHERE concern = 'logbook' AND position = (SELECT min(position) FROM deliveries WHERE concern = 'logbook')"
    )
    [breach] = report.breaches
    assert (breach.invariant, breach.place.partition("/")[0]) == ("I1", "guides")


async def test_i1_an_effect_that_came_twice_under_another_id(bench: Bench) -> None:
    stream, version = await _last(bench, "log_entry_recorded")
    report = await bench.damaged(
        f"UPDATE messages SET id = '{NOBODY}' WHERE stream = '{stream}' AND version = {version}", rechain=stream
    )
    assert {each.invariant for each in report.breaches} == {"I1"}
    assert f"{stream} version {version}" in {each.place for each in report.breaches}


async def test_i1_an_effect_without_its_cause(bench: Bench) -> None:
    stream, version = await _last(bench, "log_entry_recorded")
    report = await bench.damaged(
        f"UPDATE messages SET causation_id = '{NOBODY}' WHERE stream = '{stream}' AND version = {version}",
        rechain=stream,
    )
    assert {each.what for each in report.breaches} >= {say("invariants.breach.cause_missing")}
    assert {each.invariant for each in report.breaches} == {"I1"}


async def test_i1_what_a_door_accepted_and_nobody_stored(bench: Bench) -> None:
    stored = [UUID(str(await bench.one(f"SELECT min(id) FROM {table}"))) for table in ("messages", "feedback_items")]
    report = await bench.damaged(accepted=[*stored, NOBODY])
    assert [(each.invariant, each.place) for each in report.breaches] == [("I1", str(NOBODY))]


# -- I2 -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ("UPDATE messages SET time = time + 1 WHERE stream = :s AND version = 3", "chain"),
        ("UPDATE messages SET actor = replace(actor, '\"role\"', '\"rolle\"') WHERE stream = :s AND version = 3",
         "chain"),
        ("UPDATE messages SET data = 'nonsense' WHERE stream = :s AND version = 3", "chain"),
        ("UPDATE streams SET version = version + 1 WHERE stream = :s", "head_row"),
        ("UPDATE streams SET hash = replace(hash, substr(hash, 1, 1), 'x') WHERE stream = :s", "head_row"),
        ("DELETE FROM streams WHERE stream = :s", "head_missing"),
    ],
)  # fmt: skip
async def test_i2_a_stream_somebody_changed(bench: Bench, change: str, key: str) -> None:
    stream = await bench.one("SELECT stream FROM streams WHERE stream LIKE 'guides-%' LIMIT 1")
    report = await bench.damaged(change.replace(":s", f"'{stream}'"))
    [breach] = [each for each in report.breaches if each.invariant == "I2"]
    assert breach.place.startswith(stream)
    assert _says(key) in breach.what
    assert key == "chain" or len(report.breaches) == 1


async def test_i2_a_message_somebody_removed(bench: Bench) -> None:
    head = int(await bench.one("SELECT max(position) FROM messages WHERE stream IS NULL"))
    report = await bench.damaged(
        f"DELETE FROM deliveries WHERE position = {head}", f"DELETE FROM messages WHERE position = {head}"
    )
    assert ("I2", f"message {head}") in {(each.invariant, each.place) for each in report.breaches}


async def test_i2_a_private_value_somebody_changed(bench: Bench) -> None:
    report = await bench.damaged(
        "UPDATE private_values SET value = 'noget andet' WHERE commitment ="
        " (SELECT min(commitment) FROM private_values)"
    )
    assert [each.invariant for each in report.breaches] == ["I2"]
    assert "noget andet" not in report.told()


# -- I3 and I10 -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ("UPDATE documents SET body = replace(body, '\"drill\"', '\"drilled\"') WHERE model = :m AND key = '_all'", ""),
        ("UPDATE documents SET body = '{}' WHERE model = :m AND key = '_all'", "document_differs"),
        ("UPDATE documents SET body = 'nonsense' WHERE model = :m AND key = '_all'", "document_differs"),
        ("DELETE FROM documents WHERE model = :m AND key = '_all'", "document_missing"),
        ("INSERT INTO documents (model, key, body, position) VALUES (:m, 'nowhere', '{}', 1)", "document_surplus"),
    ],
)  # fmt: skip
async def test_i3_a_screen_that_shows_something_else(bench: Bench, change: str, key: str) -> None:
    report = await bench.damaged(change.replace(":m", f"'{SITUATION.stored_name}'"), models=MODELS)
    if key:
        [breach] = report.breaches
        assert breach.invariant == "I3"
        assert breach.place.startswith(f"{SITUATION.stored_name} ")
        assert breach.what == say(f"invariants.breach.{key}")
    else:
        assert report.ok or {each.invariant for each in report.breaches} == {"I3"}


async def test_i3_a_model_that_skipped_a_row(bench: Bench) -> None:
    """Its position is right, but the last log entry never reached its page."""
    report = await bench.damaged(
        "UPDATE documents SET body = replace(body, '\"entries\":', '\"entries_\":') WHERE model = 'timeline.2' AND"
        " key = (SELECT max(key) FROM documents WHERE model = 'timeline.2')",
        models=MODELS,
    )
    assert [each.invariant for each in report.breaches] == ["I3"]


async def test_i10_a_read_model_past_the_head(bench: Bench) -> None:
    report = await bench.damaged("UPDATE read_positions SET position = position + 5 WHERE model = 'roster.1'")
    assert [(each.invariant, each.place) for each in report.breaches] == [("I10", "roster.1")]


# -- I5 -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (f"DELETE FROM timers WHERE deadline_id = {CANCELLED}", "timer_missing"),
        (f"UPDATE timers SET due_at = fired_at + 60000000 WHERE deadline_id = {A_TIMER}", "fired_early"),
        (f"UPDATE timers SET fired_at = fired_at + 1 WHERE deadline_id = {A_TIMER}", "fired_unaccounted"),
        (f"UPDATE timers SET fired_at = NULL WHERE deadline_id = {A_TIMER}", "fired_unaccounted"),
        (f"UPDATE timers SET set_by = set_by + 1 WHERE deadline_id = {A_TIMER}", "timer_changed"),
        (f"UPDATE timers SET cancelled_at = fired_at WHERE deadline_id = {A_TIMER}", "fired_and_cancelled"),
        (f"UPDATE timers SET cancelled_at = NULL WHERE deadline_id = {CANCELLED}", "not_cancelled"),
        (f"UPDATE timers SET cancelled_at = NULL, fired_at = due_at WHERE deadline_id = {CANCELLED}",
         "firing_missing"),
        (f"UPDATE timers SET deadline_id = '{NOBODY}', fired_at = NULL, cancelled_at = due_at WHERE deadline_id ="
         f" {CANCELLED}", "timer_unaccounted"),
    ],
)  # fmt: skip
async def test_i5_a_timer_that_is_not_so(bench: Bench, change: str, key: str) -> None:
    report = await bench.damaged(change)
    assert {each.invariant for each in report.breaches} == {"I5"}
    assert any(_says(key) in each.what for each in report.breaches)


async def test_i5_a_timer_is_late_only_while_the_system_is_up_and_its_clock_runs(bench: Bench) -> None:
    overdue = (
        f"UPDATE timers SET cancelled_at = NULL WHERE deadline_id = {CANCELLED}",
        "DELETE FROM clock",
        "UPDATE messages SET recorded_at = recorded_at WHERE position = 1",
    )
    standing = await bench.damaged(overdue[0], faults_off_seconds=60)
    running = await bench.damaged(*overdue, faults_off_seconds=60)
    down = await bench.damaged(*overdue)
    late = say("invariants.breach.overdue", seconds="{}").partition("{}")[0]
    assert [any(late in each.what for each in report.breaches) for report in (standing, running, down)] == [
        False,
        True,
        False,
    ]


# -- I6 -------------------------------------------------------------------------------------------


async def test_i6_a_number_given_twice(bench: Bench) -> None:
    stream, version = await _last(bench, "log_entry_recorded")
    number = int(await bench.one(f"SELECT version FROM messages WHERE stream = '{stream}' AND version = {version}"))
    report = await bench.damaged(lambda conn: _same_number(conn, stream, number), rechain=stream)
    assert [(each.invariant, each.place) for each in report.breaches] == [("I6", f"{stream} version {version}")]


async def test_i6_a_role_that_one_holds_and_another_is_taken_for(bench: Bench) -> None:
    stream, version = await _last(bench, "role_assumed")
    first = await bench.one(
        f"SELECT data FROM messages WHERE stream = '{stream}' AND type LIKE '%role_assumed%' ORDER BY version LIMIT 1"
    )
    report = await bench.damaged(lambda conn: _set_data(conn, stream, version, first), rechain=stream)
    assert {each.invariant for each in report.breaches} == {"I6"}
    assert any(each.place.startswith("person-") for each in report.breaches)


async def test_i6_a_role_with_two_holders(bench: Bench) -> None:
    """A release that says another role: both are taken for the same one now."""
    stream = await bench.one(
        "SELECT stream FROM messages WHERE type LIKE '%person_released%' ORDER BY position LIMIT 1"
    )
    report = await bench.damaged(
        "UPDATE messages SET data = replace(data, '\"role\"', '\"rolle\"') WHERE type LIKE '%person_released%' AND"
        f" stream = '{stream}' AND version = 2",
        rechain=stream,
    )
    assert {each.invariant for each in report.breaches} == {"I6"}
    assert any(_says("two_holders") in each.what for each in report.breaches)


async def test_i6_somebody_asked_twice(bench: Bench) -> None:
    stream = await bench.one("SELECT stream FROM messages WHERE type LIKE '%role_offered%' LIMIT 1")

    def plant(conn: Conn) -> bool:
        rows = conn.all(
            Statement("SELECT version, data FROM messages WHERE stream = :s AND type LIKE '%role_offered%'"
                      " ORDER BY version LIMIT 2"), s=stream,
        )  # fmt: skip
        return _set_data(conn, stream, int(rows[1][0]), str(rows[0][1]))

    report = await bench.damaged(plant, rechain=stream)
    assert any(_says("asked_twice") in each.what for each in report.breaches)
    assert {each.invariant for each in report.breaches} == {"I6"}


async def test_i6_a_person_taken_twice(bench: Bench) -> None:
    stream = await bench.one(
        "SELECT stream FROM messages WHERE type LIKE '%person_released%' ORDER BY position LIMIT 1"
    )
    taken = await bench.one(f"SELECT type FROM messages WHERE stream = '{stream}' AND version = 1")
    report = await bench.damaged(
        f"UPDATE messages SET type = '{taken}', data = (SELECT m.data FROM messages m WHERE m.stream = '{stream}' AND"
        f" m.version = 1) WHERE stream = '{stream}' AND version = 2",
        rechain=stream,
    )
    assert any(_says("taken_twice") in each.what for each in report.breaches)
    assert {each.invariant for each in report.breaches} <= {"I6", "I7"}


@pytest.mark.parametrize("column", ["total", "answered_no", "urgent"])
async def test_i6_a_question_counted_twice(bench: Bench, column: str) -> None:
    report = await bench.damaged(
        f"UPDATE feedback_windows SET {column} = {column} + 1 WHERE window_start ="
        " (SELECT max(window_start) FROM feedback_windows) AND topic = (SELECT max(topic) FROM feedback_windows WHERE"
        " window_start = (SELECT max(window_start) FROM feedback_windows))"
    )
    assert report.breaches
    assert {each.invariant for each in report.breaches} == {"I6"}


async def test_i6_a_question_marked_as_counted_that_was_not(bench: Bench) -> None:
    report = await bench.damaged("DELETE FROM feedback_items WHERE position = 7")
    assert [each.invariant for each in report.breaches] == ["I6"]


# -- I7 -------------------------------------------------------------------------------------------


async def test_i7_something_that_happens_after_the_end(bench: Bench) -> None:
    """The guides note that nobody holds the roles any more; a guide that escalates then would be wrong."""
    row = await bench.database.read(
        lambda conn: conn.one(
            Statement("SELECT stream, version, position FROM messages WHERE type LIKE '%.role_holder_noted.%' AND"
                      " stream LIKE 'guides-%' AND position > (SELECT max(position) FROM messages WHERE type LIKE"
                      " '%.crisis_deactivated.%') ORDER BY position LIMIT 1")
        )
    )  # fmt: skip
    assert row is not None
    stream, version, position = row
    report = await bench.damaged(
        f"UPDATE messages SET type = replace(type, 'role_holder_noted', 'guide_escalated') WHERE position = {position}",
        "INSERT INTO deliveries (position, concern, crisis, committed_at, done_at, outcome)"
        f" SELECT position, 'logbook', subject, time, time, 'nothing' FROM messages WHERE position = {position}",
        rechain=stream,
    )
    assert [(each.invariant, each.place) for each in report.breaches] == [("I7", f"{stream} version {version}")]


# -- I8 -------------------------------------------------------------------------------------------

SET_ASIDE = f"UPDATE deliveries SET outcome = 'quarantined' WHERE concern = 'feedback' AND position = {A_SILENT}"


async def test_i8_poison_in_quarantine_is_no_breach_and_without_its_row_it_is(bench: Bench) -> None:
    report = await bench.damaged(SET_ASIDE)
    assert [each.invariant for each in report.breaches] == ["I8"]
    position = int(await bench.one(f"SELECT {A_SILENT}"))

    def set_aside(conn: Conn) -> bool:
        raw = raw_bytes_at(conn, position)
        put(conn, place=f"levering/feedback/{position}", reason="-", raw=raw, concern="feedback", position=position)
        return True

    kept = await bench.damaged(SET_ASIDE, set_aside)
    assert kept.ok
    assert kept.checked["I8"] == 2
    for change in (
        "UPDATE quarantine SET resolution = 'retried', resolved_at = 1",
        "UPDATE quarantine SET raw = place",
    ):
        changed = change if bench.database.__class__.__name__ == "SqliteDatabase" else change.replace(
            "raw = place", "raw = convert_to(place, 'UTF8')"
        )  # fmt: skip
        report = await bench.damaged(SET_ASIDE, set_aside, changed)
        assert [each.invariant for each in report.breaches] == ["I8"], change
    report = await bench.damaged(set_aside)
    assert [_says("not_set_aside") in each.what for each in report.breaches] == [True]


# -- I9 -------------------------------------------------------------------------------------------


async def test_i9_work_that_is_left_lying_while_nothing_is_in_its_way(bench: Bench) -> None:
    old = int(time.time() * 1e6) - 90_000_000
    change = (
        f"UPDATE deliveries SET outcome = NULL, done_at = NULL, committed_at = {old} WHERE concern = 'feedback'"
        f" AND position = {A_SILENT}"
    )
    assert [each.invariant for each in (await bench.damaged(change, faults_off_seconds=60)).breaches] == ["I9"]
    assert (await bench.damaged(change, faults_off_seconds=20)).ok
    assert (await bench.damaged(change)).ok


async def test_i9_a_read_model_that_does_not_come_along(bench: Bench) -> None:
    old = int(time.time() * 1e6) - 90_000_000
    changes = (
        "UPDATE read_positions SET position = 10 WHERE model = 'roster.1'",
        f"UPDATE deliveries SET committed_at = {old}",
    )
    report = await bench.damaged(*changes, faults_off_seconds=60, models=MODELS)
    assert ("I9", "roster.1") in {(each.invariant, each.place) for each in report.breaches}


# -- helpers --------------------------------------------------------------------------------------


def _says(key: str) -> str:
    """What is fixed at the beginning of a sentence."""
    from ddh_beredskab.i18n import _catalogue  # pyright: ignore[reportPrivateUsage]

    text = _catalogue()[f"invariants.breach.{key}"]
    return max(text.replace("}", "{").split("{")[::2], key=len)


async def _last(bench: Bench, kind: str) -> tuple[str, int]:
    row = await bench.database.read(
        lambda conn: conn.one(
            Statement("SELECT stream, version FROM messages WHERE type LIKE :t ORDER BY position DESC LIMIT 1"),
            t=f"%.{kind}.%",
        )
    )
    assert row is not None
    return str(row[0]), int(row[1])


def _set_data(conn: Conn, stream: str, version: int, data: str) -> bool:
    return bool(
        conn.run(
            Statement("UPDATE messages SET data = :data WHERE stream = :stream AND version = :version"),
            data=data,
            stream=stream,
            version=version,
        )
    )


def _same_number(conn: Conn, stream: str, version: int) -> bool:
    import json

    rows = conn.all(
        Statement("SELECT version, data FROM messages WHERE stream = :s AND type LIKE '%log_entry_recorded%'"
                  " ORDER BY version DESC LIMIT 2"), s=stream,
    )  # fmt: skip
    before, last = json.loads(rows[1][1]), json.loads(rows[0][1])
    last["number"] = before["number"]
    return _set_data(conn, stream, version, json.dumps(last))
