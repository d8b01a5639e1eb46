"""Charts as SVG made by us: bars of topics now and before, and questions over time. No script, no library.

Rules kept: every number of a chart stands in a table beneath it; colours come from the page's style sheet by class (the
attributes are for paper, where there is none); a count that is hidden has no bar.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

NOW, BEFORE, LINE, INK = "#1b4f72", "#9aa7b1", "#8a8a8a", "#1a1a1a"
FONT = 'font-family="IBM Plex Sans, sans-serif" font-size="12"'
LABEL, WIDE, ROW = 200, 640, 34


def topic_bars(rows: Sequence[tuple[str, int | None, int | None]], label: str, *, now: str, before: str) -> str:
    """(topic, now, before): two bars each, the newer on top, with its number at the end."""
    most = max([n for _, *pair in rows for n in pair if n] or [1])
    scale = (WIDE - LABEL - 50) / most
    parts = [_legend(now, before)]
    for place, (topic, count, earlier) in enumerate(rows):
        y = 28 + place * ROW
        short = topic if len(topic) <= 30 else f"{topic[:29]}…"
        parts.append(f'<text class="chart-ink" x="{LABEL - 8}" y="{y + 16}" text-anchor="end" fill="{INK}" {FONT}>'
                     f"{escape(short)}</text>")  # fmt: skip
        parts += _bar(count, y, 14, scale, "chart-now", NOW, told=True)
        parts += _bar(earlier, y + 16, 8, scale, "chart-before", BEFORE, told=False)
    return _svg(parts, 34 + len(rows) * ROW, label)


def over_time(counts: Sequence[int | None], ticks: Sequence[str], label: str) -> str:
    """One bar a stretch, its start beneath."""
    high, bottom = 120, 140
    most = max([n for n in counts if n] or [1])
    step = (WIDE - 40) / max(1, len(counts))
    parts = [f'<line class="chart-line" x1="20" y1="{bottom}" x2="{WIDE - 20}" y2="{bottom}" stroke="{LINE}"/>']
    for place, (count, tick) in enumerate(zip(counts, ticks, strict=True)):
        x = 20 + place * step
        if count:
            tall = max(1.0, high * count / most)
            parts.append(f'<rect class="chart-now" x="{x + 3:.1f}" y="{bottom - tall:.1f}" width="{step - 6:.1f}" '
                         f'height="{tall:.1f}" fill="{NOW}"/>')  # fmt: skip
        parts.append(f'<text class="chart-ink" x="{x + step / 2:.1f}" y="{bottom + 16}" text-anchor="middle" '
                     f'fill="{INK}" {FONT}>{escape(tick)}</text>')  # fmt: skip
    return _svg(parts, bottom + 26, label)


def _bar(n: int | None, y: int, tall: int, scale: float, name: str, fill: str, *, told: bool) -> list[str]:
    if n is None:
        return []
    wide = max(1.0, n * scale) if n else 0.0
    bar = f'<rect class="{name}" x="{LABEL}" y="{y + 3}" width="{wide:.1f}" height="{tall}" fill="{fill}"/>'
    number = (
        f'<text class="chart-ink" x="{LABEL + wide + 5:.1f}" y="{y + 15}" fill="{INK}" {FONT}>{n}</text>'
        if told
        else ""
    )
    return [bar, number]


def _legend(now: str, before: str) -> str:
    return (
        f'<rect class="chart-now" x="{LABEL}" y="6" width="14" height="12" fill="{NOW}"/>'
        f'<text class="chart-ink" x="{LABEL + 20}" y="17" fill="{INK}" {FONT}>{escape(now)}</text>'
        f'<rect class="chart-before" x="{LABEL + 150}" y="6" width="14" height="12" fill="{BEFORE}"/>'
        f'<text class="chart-ink" x="{LABEL + 170}" y="17" fill="{INK}" {FONT}>{escape(before)}</text>'
    )


def _svg(parts: Sequence[str], tall: int, label: str) -> str:
    return (
        f'<svg class="chart" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {tall}" role="img" '
        f'aria-label={quoteattr(label)} focusable="false">{"".join(parts)}</svg>'
    )
