"""The citizens' questions as tables: the counts of every window, and the reports with a line for each topic.

Rules kept: sums only, no texts and no agents; outside the staff counts under the limit are written "under 5".
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ddh_beredskab.clock import from_micros
from ddh_beredskab.core.feedback.outside import hidden, shown
from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.projections.read_model import Json, instant
from ddh_beredskab.reports.paper_parts import Words
from ddh_beredskab.reports.tables import Cell, Sheet

_WINDOWS = Statement(
    "SELECT window_start, topic, municipality, total, answered_yes, answered_partly, answered_no, transferred, urgent"
    " FROM feedback_windows WHERE crisis = :crisis ORDER BY window_start, topic, municipality"
)
WINDOW_HEAD = ("window", "topic", "municipality", "total", "yes", "partly", "no", "transferred", "urgent")
REPORT_HEAD = (
    "report", "issued", "from", "to", "topic", "total", "yes", "partly", "no", "transferred", "urgent", "gap",
    "status", "received",
)  # fmt: skip

Window = tuple[datetime, str, str, tuple[int, ...]]


def read_windows(conn: Conn, crisis: str) -> list[Window]:
    """Every window of the crisis, oldest first."""
    return [
        (from_micros(int(row[0])), str(row[1]), str(row[2]), tuple(int(n) for n in row[3:]))
        for row in conn.all(_WINDOWS, crisis=crisis)
    ]


def window_sheet(rows: Sequence[Window], playbooks: Playbooks, kind: str | None, words: Words) -> Sheet:
    """For the staff: nearly every count is small."""
    head = [words.t(f"export.{name}") for name in WINDOW_HEAD]
    cells = [(start, _label(playbooks, kind, topic), code, *counts) for start, topic, code, counts in rows]
    return Sheet(words.t("export.windows"), head, cells)


def report_sheet(doc: Json | None, playbooks: Playbooks, kind: str | None, words: Words, *, staff: bool) -> Sheet:
    """Every report, one line a topic; a report in which nothing was asked has one line of its own."""
    least = 1 if staff else playbooks.limits.hide_counts_under
    few = words.t("export.few", n=least)
    rows: list[list[Cell]] = []
    for report in (doc or {"reports": []})["reports"]:
        front: list[Cell] = [report["number"], *(instant(report[n]) for n in ("at", "period_from", "period_to"))]
        received = instant(report["received"]["at"]) if report["received"] else None
        topics: list[Json] = report["by_topic"]
        if not topics:
            rows.append([*front, "", 0, *[None] * 7, received])
        for each, total in zip(topics, hidden([each["total"] for each in topics], least), strict=True):
            answered = hidden([each[name] for name in _ANSWERED], least)
            passed_on = [shown(each[name], least) for name in _PASSED_ON]
            parts = [None if total is None else n for n in (*answered, *passed_on)]
            counts: list[Cell] = [few if n is None else n for n in (total, *parts)]
            status = _answered(report, each["topic"])
            gap = words.t("export.yes_gap") if each["topic"] in report["gaps"] else ""
            told = words.t(f"questions.status.{status}") if status else ""
            rows.append([*front, _label(playbooks, kind, each["topic"]), *counts, gap, told, received])
    return Sheet(words.t("export.reports"), [words.t(f"export.{name}") for name in REPORT_HEAD], rows)


_ANSWERED = ("answered_yes", "answered_partly", "answered_no")
_PASSED_ON = ("transferred", "urgent")


def _answered(report: Json, topic: str) -> str:
    """What the municipality said of the proposal on a topic."""
    number = next((each["number"] for each in report["proposals"] if each["topic"] == topic), None)
    acknowledged: Json = report["acknowledged"] or {"answers": []}
    answers: list[Json] = acknowledged["answers"]
    found = next((each for each in answers if each["number"] == number), None)
    if number is None:
        return ""
    return str(found["status"]) if found else "open"


def _label(playbooks: Playbooks, kind: str | None, topic: str) -> str:
    known = next((playbook for name, playbook in playbooks.kinds.items() if name == kind), None)
    found = known.topic(topic) if known else None
    return found.label if found else topic
