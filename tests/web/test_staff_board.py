"""The board of the staff, worked out of the roster: who cannot be reached, who is late, and how relief stands."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from ddh_beredskab.core.crisis_staff.states import Pool
from ddh_beredskab.playbooks import load_playbooks
from ddh_beredskab.projections.read_model import Json, iso
from ddh_beredskab.web.pages.staff_board import board, own_answers, own_offers, relief_plan
from schemas.activation import StaffCandidate
from tests.projections.stage import ROOT

PLAYBOOKS = load_playbooks(ROOT / "playbooks")
NOW = datetime.fromisoformat("2023-10-21T02:25:00+00:00")


def _candidate(person: str, position: Any, *, reachable: bool = True) -> StaffCandidate:
    return StaffCandidate(
        person=person, municipality="9000", role="log_keeper", position=position, reachable=reachable, trained=True
    )


def _offer(person: str, answer: str | None, **more: Any) -> Json:
    told = {"at": iso(NOW), "answered_at": None, "expected_at": None, "answer_before": iso(NOW), "attempt": 1}
    return told | {"person": person, "position": "holder", "answer": answer} | more


def _roster(**role: Any) -> Json:
    empty: Json = {"holder": None, "offers": [], "passed": [], "history": [], "relief": None, "uncovered_at": None}
    called: Json = {"called_out_at": iso(NOW), "established": None, "escalations": 0, "resting": []}
    return called | {"roles": {"log_keeper": empty | role}}


def _line(roster: Json | None, pool: Pool | None = None) -> Json:
    lines = board(roster, pool or Pool(), PLAYBOOKS, NOW)["lines"]
    return next(line for line in lines if line["role"] == "log_keeper")


def test_whom_we_cannot_reach_stands_there_before_anybody_is_called() -> None:
    pool = Pool(candidates=(_candidate("ib", "holder", reachable=False), _candidate("eva", "deputy")))
    line = _line(None, pool)
    assert line["unreachable"] == ["ib"]
    assert line["next"] == ["eva"]


def test_the_latest_answer_counts_and_none_hides_another() -> None:
    offers = [_offer("ib", "no_answer"), _offer("eva", None), _offer("ib", "cannot")]
    found = board(_roster(offers=offers), Pool(), PLAYBOOKS, NOW)
    assert found["counts"] == {"coming": 0, "late": 0, "cannot": 1, "no_answer": 0, "awaiting": 1}
    assert _line(_roster(offers=offers))["waits"]["person"] == "eva"


def test_an_uncovered_role_is_no_longer_one_when_somebody_holds_it() -> None:
    held = {"person": "eva", "deputy": False, "since": iso(NOW), "also_in": None}
    assert board(_roster(uncovered_at=iso(NOW)), Pool(), PLAYBOOKS, NOW)["uncovered"]
    assert not board(_roster(uncovered_at=iso(NOW), holder=held), Pool(), PLAYBOOKS, NOW)["uncovered"]


@pytest.mark.parametrize(("hours", "state"), [(9.9, "later"), (10, "due"), (11.9, "due"), (12, "overdue")])
def test_relief_is_due_after_ten_hours_and_overdue_after_twelve(hours: float, state: str) -> None:
    held = {"person": "eva", "deputy": False, "since": iso(NOW - timedelta(hours=hours)), "also_in": None}
    assert _line(_roster(holder=held))["relief"]["state"] == state


def test_who_is_late_is_expected_until_the_time_has_come() -> None:
    held = {"person": "eva", "deputy": False, "since": iso(NOW), "also_in": None}
    for minutes, expected in ((5, True), (-5, False)):
        at = iso(NOW + timedelta(minutes=minutes))
        line = _line(_roster(holder=held, offers=[_offer("eva", "late", expected_at=at)]))
        assert (line["arrives"] == at) is expected


def test_ones_own_offer_stays_until_somebody_has_the_role() -> None:
    held = {"person": "eva", "deputy": False, "since": iso(NOW), "also_in": None}
    offers = [_offer("ib", "cannot"), _offer("eva", "coming")]
    still_open = board(_roster(offers=offers), Pool(), PLAYBOOKS, NOW)["lines"]
    assert [each["offer"]["answer"] for each in own_offers(still_open, "ib")] == ["cannot"]
    taken = board(_roster(offers=offers, holder=held), Pool(), PLAYBOOKS, NOW)["lines"]
    assert not own_offers(taken, "ib")
    assert [each["line"]["holder"]["person"] for each in own_answers(taken, "ib", NOW)] == ["eva"]
    assert not own_answers(taken, "ib", NOW + timedelta(hours=3)), "by then it is old"
    assert not own_answers(taken, "eva", NOW)
    before = [{"person": "ib", "deputy": False, "since": iso(NOW), "until": iso(NOW)}]
    left = board(_roster(offers=offers, holder=held, history=before), Pool(), PLAYBOOKS, NOW)["lines"]
    assert not own_answers(left, "ib", NOW), "he had the role himself"


def test_a_reopened_crisis_asks_anew_and_an_ended_one_asks_nobody() -> None:
    old = iso(NOW - timedelta(hours=5))
    past = {"person": "ib", "because": "cannot", "at": old, "next": None}
    roster = _roster(offers=[_offer("ib", "cannot", at=old)], passed=[past], uncovered_at=old)
    line = _line(roster)
    assert (line["offers"], line["passed"], line["uncovered"]) == ([], [], False)
    ended = _roster(offers=[_offer("eva", None)]) | {"stood_down_at": iso(NOW)}
    assert not own_offers(board(ended, Pool(), PLAYBOOKS, NOW)["lines"], "eva")


def test_the_drawn_plan_fills_the_hours_to_come_without_a_gap() -> None:
    held = {"log_keeper": {"person": "eva", "since": iso(NOW - timedelta(hours=3))}}
    begins, ends = NOW + timedelta(hours=12), NOW + timedelta(hours=20)
    line = {"number": 1, "role": "log_keeper", "person": "ib", "cancelled": None}
    plan = {"holders": held, "plan": [line | {"begins_at": iso(begins), "ends_at": iso(ends)}]}
    row = next(row for row in relief_plan(plan, PLAYBOOKS, NOW)["rows"] if row.role == "log_keeper")
    bars = sorted(row.bars, key=lambda bar: bar["x"])
    assert [(bar["kind"], bar["person"]) for bar in bars] == [
        ("now", "eva"), ("hole", None), ("planned", "ib"), ("hole", None),
    ]  # fmt: skip
    for bar, after in pairwise(bars):
        assert bar["x"] + bar["width"] == pytest.approx(after["x"])
