"""Timeline: entries in pages, corrections that strike through, nothing ever taken out."""

from __future__ import annotations

from ddh_beredskab.projections.read_model import Json
from ddh_beredskab.projections.timeline import PAGE, TIMELINE, page_key, page_of
from ddh_beredskab.web.reading import read_entries
from schemas.logbook import Filing, LogEntriesFiled
from tests.projections.stage import Stage
from tests.projections.telling import CRISIS, T0, folded, told
from tests.projections.test_runner import entry


def timeline(count: int, *more: object) -> dict[str, Json]:
    rows = [told(entry(number), number, position=number) for number in range(1, count + 1)]
    rows += [told(message, count + i, position=count + i + 1) for i, message in enumerate(more)]  # type: ignore[arg-type]
    return folded(TIMELINE, rows)


def test_a_hundred_entries_to_a_page() -> None:
    docs = timeline(PAGE + 5)
    assert docs[CRISIS]["entries"] == PAGE + 5
    assert docs[CRISIS]["pages"] == 2
    assert [e["number"] for e in docs[page_key(CRISIS, 2)]["entries"]] == list(range(PAGE + 1, PAGE + 6))
    assert (page_of(1), page_of(PAGE), page_of(PAGE + 1)) == (1, 1, 2)


def test_a_corrected_entry_keeps_its_text_also_on_another_page() -> None:
    correction = entry(PAGE + 1).model_copy(update={"kind": "correction", "refers_to": 3, "text": "Det var 4 cm"})
    docs = timeline(PAGE, correction)
    corrected = docs[page_key(CRISIS, 1)]["entries"][2]
    assert corrected["text"] == "Vandet står 3 cm over dækket"
    assert corrected["corrected_by"] == PAGE + 1
    assert docs[page_key(CRISIS, 2)]["entries"][0]["refers_to"] == 3


def test_an_entry_that_only_refers_strikes_nothing_through() -> None:
    docs = timeline(3, entry(4).model_copy(update={"refers_to": 2}))
    assert docs[page_key(CRISIS, 1)]["entries"][1]["corrected_by"] is None


def test_filing_marks_entries_across_pages() -> None:
    filing = Filing(case_number="24-117", by="jonas-tangmark", at=T0)
    docs = timeline(PAGE + 3, LogEntriesFiled(first=PAGE, last=PAGE + 2, filing=filing))
    entries = [e for page in (1, 2) for e in docs[page_key(CRISIS, page)]["entries"]]
    assert [e["number"] for e in entries if e["filed"]] == [PAGE, PAGE + 1, PAGE + 2]
    assert docs[CRISIS]["filed"] == 3


def test_the_surges_log_has_no_gaps_and_knows_when_each_was_written(surge: Stage) -> None:
    entries = surge.read(lambda conn: read_entries(conn, surge.crisis, 1, 10_000))
    assert [e["number"] for e in entries] == list(range(1, len(entries) + 1))
    assert all(e["written_at"] >= e["happened_at"] for e in entries if not e["late"])
    assert {"omission", "correction", "decision", "information_in"} <= {e["kind"] for e in entries}
    assert any(e["late"] for e in entries)
    assert any(e["corrected_by"] for e in entries)
