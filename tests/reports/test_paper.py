"""The paper twin says what the screen says, and what makes it trustworthy stands on it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ddh_beredskab.core.decider import own_stream
from ddh_beredskab.journal.messages import head_of
from ddh_beredskab.reports.paper import MOST_ENTRIES, paper_facts, read_paper, read_reached
from ddh_beredskab.reports.paper_parts import Speech, entry_line
from ddh_beredskab.reports.press import pdf_apart
from ddh_beredskab.reports.typesetting import pages, pdf
from ddh_beredskab.web.words import Words
from tests.projections.stage import Stage

AT = datetime(2026, 11, 22, 14, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def facts(surge_at_night: Stage) -> dict[str, Any]:
    stage = surge_at_night
    read = stage.read(lambda conn: read_paper(conn, stage.environment, stage.crisis, AT))
    reached = stage.read(read_reached)
    return paper_facts(read, reached, stage.playbooks, Speech(Words("da"), lambda ref: ref or "", str), at=AT)


def test_the_logs_head_stands_on_it_as_the_journal_has_it(surge_at_night: Stage, facts: dict[str, Any]) -> None:
    stage = surge_at_night
    assert facts["head"] == stage.read(lambda conn: head_of(conn, own_stream("logbook", stage.crisis))[1])


def test_corrected_text_stays_readable_struck_through_and_names_its_correction(facts: dict[str, Any]) -> None:
    struck = [entry for entry in facts["entries"] if entry["struck"]]
    assert struck
    assert all(entry["text"] and "Rettet i nr." in entry["marks"] for entry in struck)
    assert [int(entry["number"]) for entry in facts["entries"]] == list(range(1, len(facts["entries"]) + 1))


def test_the_blank_lines_go_on_where_the_sheets_that_were_typed_in_ended(facts: dict[str, Any]) -> None:
    assert any("Papir P1-2" in entry["marks"] for entry in facts["entries"])
    assert facts["blank"][0] == "P1-3"
    assert len(set(facts["blank"])) == len(facts["blank"])


def test_roles_guide_and_what_is_not_done_are_there(facts: dict[str, Any]) -> None:
    assert ["kriseleder", "asta-klitvang"] in [line[:2] for line in facts["roles"]]
    assert len(facts["guide"]["answers"]) == 7
    assert all(line[0].isdecimal() for line in facts["actions"])


def test_a_drill_says_so_on_every_page(facts: dict[str, Any]) -> None:
    assert "ØVELSE" in facts["drill_band"]
    assert pages("paper", facts, at=AT) > 5
    assert pdf("paper", facts, at=AT).startswith(b"%PDF-")


async def test_set_in_a_process_of_its_own_it_is_the_same_byte_for_byte(facts: dict[str, Any]) -> None:
    assert await pdf_apart("paper", facts, at=AT) == pdf("paper", facts, at=AT)


def test_what_was_written_after_midnight_says_so(surge_at_night: Stage) -> None:
    read = surge_at_night.read(lambda conn: read_paper(conn, "drift", surge_at_night.crisis, AT))
    assert read is not None
    speech = Speech(Words("da"), lambda ref: ref or "", str)
    late = read.entries[0] | {"happened_at": "2023-10-20T21:50:00Z", "written_at": "2023-10-20T22:06:00Z"}
    assert entry_line(late, speech)["written"] == "21.10. 00:06"
    assert entry_line(late | {"written_at": "2023-10-20T21:56:00Z"}, speech)["written"] == "23:56"


def test_a_long_log_is_cut_and_says_so(surge_at_night: Stage) -> None:
    stage = surge_at_night
    read = stage.read(lambda conn: read_paper(conn, "drift", stage.crisis, AT))
    assert read is not None
    many = [{**read.entries[0], "number": number, "paper_number": None} for number in range(1, MOST_ENTRIES + 51)]
    read.entries[:] = many
    facts = paper_facts(
        read, stage.read(read_reached), stage.playbooks, Speech(Words("da"), lambda ref: ref or "", str), at=AT
    )
    assert len(facts["entries"]) == MOST_ENTRIES
    assert "Nr. 1 til 50" in facts["older"]
    assert facts["drill_band"] == ""
