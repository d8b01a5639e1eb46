"""Completed courses from a file: what is good is noted once, what is not is told by its line."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from ddh_beredskab.errors import UserError
from ddh_beredskab.imports.courses import Courses, Known, Stored, known_people, read_courses, store
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.database import Database
from ddh_beredskab.people import register
from ddh_beredskab.people.training import Done, trainings
from ddh_beredskab.playbooks import find_playbooks
from ddh_beredskab.playbooks.training import load_training
from tests.people.conftest import journal as journal

RULES = load_training(find_playbooks(None))
TODAY = date(2026, 11, 22)
KNOWN = Known(
    {"mona": frozenset({"mona"}), "mona@eksempel.dk": frozenset({"mona"}), "tage": frozenset({"tage"})},
    {"mona prøve": frozenset({"mona"}), "ida holm": frozenset({"ida-1", "ida-2"})},
)
COURSE = "https://laering.eksempel.dk/kurser/ddh-beredskab"
VERB = "http://adlnet.gov/expapi/verbs/"


def read(text: str) -> Courses:
    return read_courses(text.encode("utf-8"), "kurser.csv", KNOWN, RULES, TODAY)


def statement(id_: str, verb: str = "completed", target: str = COURSE, **more: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "actor": {"mbox": "mailto:Mona@eksempel.dk"},
        "verb": {"id": f"{VERB}{verb}"},
        "object": {"id": target},
        "timestamp": "2026-11-20T23:30:00Z",
    } | more


def test_a_table_is_read_by_its_own_words() -> None:
    found = read(
        "\ufeffE-mail;Kursusnavn;Gennemført den;Status\r\n"
        "mona@eksempel.dk;DDH Beredskab;20-11-2026;Gennemført\r\n"
        "Mona Prøve;medlyt;2026-11-19 10:15;bestået\r\n"
        "tage;DDH Beredskab;1.2.2026;I gang\r\n"
        "\r\n"
    )
    assert found.done == [
        Done("mona", "course", date(2026, 11, 20), reference="ddh-beredskab"),
        Done("mona", "listened_in", date(2026, 11, 19), reference="medlyt"),
    ]
    assert (found.source, found.not_passed, found.bad) == ("csv", 1, [])


def test_a_bad_row_is_told_by_its_line_and_the_rest_is_taken() -> None:
    found = read(
        "brugernavn;kursus;dato\n"
        "per-ukendt;DDH Beredskab;20-11-2026\n"
        "Ida Holm;DDH Beredskab;20-11-2026\n"
        "mona;Førstehjælp;20-11-2026\n"
        "mona;DDH Beredskab;31-02-2026\n"
        "mona;DDH Beredskab;23-11-2026\n"
        ";DDH Beredskab;20-11-2026\n"
        "tage;DDH Beredskab;20-11-2026\n"
    )
    assert [each.person for each in found.done] == ["tage"]
    told = [each.sentence for each in found.bad]
    assert [each.line for each in found.bad] == [2, 3, 4, 5, 6, 7]
    assert "per-ukendt kender vi ikke" in told[0]
    assert "flere passer på Ida Holm" in told[1]
    assert "kurset Førstehjælp kender vi ikke" in told[2]
    assert "skal se sådan ud" in told[3]
    assert "ude i fremtiden" in told[4]
    assert '"brugernavn" er tom' in told[5]


def test_what_danish_windows_has_always_written_is_read() -> None:
    raw = "navn;kursus;gennemført\nMona Prøve;medlyt;20-11-2026\n".encode("cp1252")
    assert [each.person for each in read_courses(raw, "x.csv", KNOWN, RULES, TODAY).done] == ["mona"]


def test_a_file_without_the_columns_is_no_course_file() -> None:
    with pytest.raises(UserError, match="i hvilken kolonne"):
        read("a;b\n1;2\n")


@pytest.mark.parametrize("one_a_line", [True, False])
def test_only_what_is_completed_or_passed_and_not_taken_back_counts(one_a_line: bool) -> None:
    statements = [
        statement("a1"),
        statement("a1"),
        statement("a2", "passed", f"{COURSE}/", actor={"account": {"name": "tage", "homePage": "https://x.dk"}}),
        statement("a3", "failed"),
        statement("a4", "completed", result={"success": False}),
        statement("a5", timestamp="2026-10-01T08:00:00+02:00"),
        statement("v1", "voided", object={"objectType": "StatementRef", "id": "A5"}),
        statement("a6", "experienced"),
    ]
    text = "\n".join(json.dumps(each) for each in statements) if one_a_line else json.dumps(statements, indent=1)
    found = read(text)
    assert found.done == [
        Done("mona", "course", date(2026, 11, 21), reference="ddh-beredskab"),
        Done("tage", "course", date(2026, 11, 21), reference="ddh-beredskab"),
    ], "half past midnight in Denmark is the next day"
    assert (found.source, found.not_passed, found.bad) == ("xapi", 4, [])


def test_a_broken_statement_is_told_by_its_line() -> None:
    lines = [
        json.dumps(statement("a1")),
        '{"id": "a2", ',
        json.dumps(statement("a3", actor={"mbox": "mailto:ingen@eksempel.dk"})),
        json.dumps(statement("a4", target="https://andet.dk/kursus")),
        json.dumps(statement("a5", timestamp="i går")),
        json.dumps(statement("a6", actor={})),
        "7",
    ]
    found = read("\n".join(lines))
    assert len(found.done) == 1
    assert [each.line for each in found.bad] == [2, 3, 4, 5, 6, 7]
    array = read("[\n" + ",\n".join(lines[:2]) + "\n]")
    assert (len(array.done), [each.line for each in array.bad]) == (1, [3])


def test_what_a_store_answers_is_read_too() -> None:
    assert len(read(json.dumps({"statements": [statement("a1")], "more": ""})).done) == 1


async def test_a_second_import_changes_nothing(journal: Database) -> None:
    def people(conn: Conn) -> None:
        register.add_person(conn, "Mona Prøve", "9001", by="test", ref="mona", fictional=True)
        register.open_account(conn, "mona", "mona.p@eksempel.dk", by="test")
        register.set_channel(conn, "mona", "mail", "Mona@Eksempel.dk", by="test")

    await journal.write(people)
    raw = json.dumps([statement("a1"), statement("a2", target="medlyt")]).encode()

    def job(conn: Conn) -> Stored:
        return store(conn, read_courses(raw, "x.json", known_people(conn), RULES, TODAY), by="rikke")

    assert [await journal.write(job) for _ in range(2)] == [Stored(2, 0), Stored(0, 2)]
    assert [(each.done.what, each.source) for each in await journal.read(trainings)] in (
        [("course", "xapi"), ("listened_in", "xapi")],
        [("listened_in", "xapi"), ("course", "xapi")],
    )
    known = await journal.read(known_people)
    assert known.exact["mona.p@eksempel.dk"] == {"mona"}
