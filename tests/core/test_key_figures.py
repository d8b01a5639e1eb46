"""Key figures as data: a target holds from its day until a newer one, and stop words are one list."""

from __future__ import annotations

from datetime import date

from ddh_beredskab.core.playbook import Kpi, Target
from tests.core.books import BOOKS


def test_a_target_holds_from_its_day_until_a_newer_one() -> None:
    first = Target(since=date(2024, 1, 1), at_least=0.7, source="DDH")
    later = Target(since=date(2026, 1, 1), at_least=0.8, source="DDH")
    kpi = Kpi(key="resolved", label="Straksafklaring", about="Klaret i opkaldet.", unit="share", targets=(first, later))
    assert kpi.target_on(date(2023, 12, 31)) is None
    assert kpi.target_on(date(2024, 1, 1)) is first
    assert kpi.target_on(date(2025, 12, 31)) is first
    assert kpi.target_on(date(2026, 1, 1)) is later


def test_every_figure_is_there_once_and_stop_words_are_lower_case() -> None:
    keys = [kpi.key for kpi in BOOKS.understanding.kpis]
    assert keys == ["resolved", "satisfaction", "guide_answered", "gap_closed"]
    words = BOOKS.understanding.stop_words.all()
    assert {"og", "ikke", "ventetiden"} <= words
    assert all(word == word.lower() for word in words)
