"""The timeline of a drill as SVG made by us: a lane for each concern, marks for what stands out and what came too late.

Rules kept: shape and not only colour tells what came too late; every mark that stands out is a row of the table beneath
it; colours come from the page's style sheet by class (the attributes are for paper).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from xml.sax.saxutils import escape, quoteattr

from ddh_beredskab.danish_time import local
from ddh_beredskab.reports.charts import BEFORE, FONT, INK, LINE, NOW, WIDE
from ddh_beredskab.reports.feedback_pdf import Counting
from schemas.drill_evaluation import CrisisEvaluation, DrillEvaluation, Lane, Moment

LATE = "#a3262a"
LANES: tuple[Lane, ...] = ("inject", "activation", "crisis_staff", "guides", "feedback", "logbook")
LEFT, RIGHT, TOP, HIGH = 130, 46, 30, 34
"""`RIGHT`: room for half of the last time along the foot, a day in it."""
_STEPS = (5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 7200, 14400)


def timeline(told: DrillEvaluation, crisis: CrisisEvaluation, words: Counting) -> tuple[str, str]:
    """(the picture, what it says in words); empty where nothing happened."""
    own = [each for each in crisis.moments if told.begins_at <= each.at <= told.ends_at]
    if not own:
        return "", ""
    lanes = [lane for lane in LANES if any(each.lane == lane for each in own)]
    begin, end = told.begins_at, max(told.ends_at, told.begins_at + timedelta(minutes=1))
    label = words.t(
        "eval.timeline_label", from_=words.day_hm(begin), to=words.day_hm(end), lanes=len(lanes),
        n=sum(each.weight == "main" for each in own), late=sum(each.weight == "late" for each in own),
    )  # fmt: skip
    bottom = TOP + len(lanes) * HIGH
    parts = [*_legend(words), *_ticks(begin, end, bottom)]
    for place, lane in enumerate(lanes):
        y = TOP + place * HIGH + HIGH // 2
        parts.append(f'<line class="chart-line" x1="{LEFT}" y1="{y}" x2="{WIDE - RIGHT}" y2="{y}" stroke="{LINE}"/>')
        parts.append(f'<text class="chart-ink" x="{LEFT - 8}" y="{y + 4}" text-anchor="end" fill="{INK}" {FONT}>'
                     f"{escape(words.t(f'eval.lane.{lane}'))}</text>")  # fmt: skip
        in_lane = [each for each in own if each.lane == lane]
        for weight in ("other", "main", "late"):
            parts += [_mark(each, _x(each.at, begin, end), y) for each in in_lane if each.weight == weight]
    tall = bottom + 24
    return (
        f'<svg class="chart chart-wide" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {tall}" role="img" '
        f'aria-label={quoteattr(label)} focusable="false">{"".join(parts)}</svg>'
    ), label


def _x(at: datetime, begin: datetime, end: datetime) -> float:
    return LEFT + (at - begin) / (end - begin) * (WIDE - RIGHT - LEFT)


def _mark(each: Moment, x: float, y: float) -> str:
    match each.weight:
        case "other":
            place = f'x="{x - 0.75:.1f}" y="{y - 5:.1f}" width="1.5" height="10"'
            return f'<rect class="chart-before" {place} fill="{BEFORE}"/>'
        case "main":
            return f'<circle class="chart-now" cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{NOW}"/>'
        case "late":
            corners = f"M {x:.1f} {y - 7:.1f} L {x + 6:.1f} {y + 5:.1f} L {x - 6:.1f} {y + 5:.1f} Z"
            return f'<path class="chart-late" d="{corners}" fill="{LATE}"/>'


def _legend(words: Counting) -> list[str]:
    def text(x: int, key: str) -> str:
        return f'<text class="chart-ink" x="{x}" y="15" fill="{INK}" {FONT}>{escape(words.t(key))}</text>'

    return [
        f'<circle class="chart-now" cx="10" cy="11" r="4.5" fill="{NOW}"/>', text(20, "eval.mark_main"),
        f'<path class="chart-late" d="M 160 4 L 166 16 L 154 16 Z" fill="{LATE}"/>', text(172, "eval.mark_late"),
        f'<rect class="chart-before" x="259" y="6" width="1.5" height="10" fill="{BEFORE}"/>',
        text(268, "eval.mark_other"),
    ]  # fmt: skip


def _ticks(begin: datetime, end: datetime, bottom: int) -> list[str]:
    """Five or so times along the foot, on round minutes of a Danish clock."""
    length = (end - begin) / timedelta(minutes=1)
    step = next((each for each in _STEPS if length / each <= 6), _STEPS[-1])
    midnight = local(begin).replace(hour=0, minute=0, second=0, microsecond=0)
    at = midnight + timedelta(minutes=step) * -(-(begin - midnight) // timedelta(minutes=step))
    parts: list[str] = []
    while at <= end:
        x = _x(at, begin, end)
        told = f"{at:%H:%M}" if length <= 24 * 60 else f"{at.day}.{at.month}. {at:%H:%M}"
        parts.append(f'<line class="chart-line" x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{bottom}" stroke="{LINE}" '
                     'stroke-dasharray="2 3"/>')  # fmt: skip
        parts.append(f'<text class="chart-ink" x="{x:.1f}" y="{bottom + 16}" text-anchor="middle" fill="{INK}" '
                     f"{FONT}>{told}</text>")  # fmt: skip
        at += timedelta(minutes=step)
    return parts


def listed(crisis: CrisisEvaluation, told: DrillEvaluation, *, most: Sequence[str] = ("main", "late")) -> list[Moment]:
    """The rows of the table beneath: what stands out and what came too late, within the stretch."""
    return [each for each in crisis.moments if each.weight in most and told.begins_at <= each.at <= told.ends_at]
