"""Does a topic rise? Counts of one period against the one before, so that small numbers do not cry wolf.

The rule: questions come by chance, so two counts are compared by the exact conditional test for two Poisson rates.
Given their sum, the later count is binomial with the share of time the later period has (Przyborowski & Wilenski,
Biometrika 31, 1940, 313-323); the p-value is twice the smaller tail, at most 1. Many topics are looked at together, so
the p-values are corrected by Holm's step-down rule (Scandinavian Journal of Statistics 6, 1979, 65-70): the chance that
even one of the rises and falls shown is pure accident stays under the limit (`trend_false_alarm_share`).
"""

from __future__ import annotations

from collections.abc import Mapping
from math import exp, lgamma, log
from typing import Literal

Trend = Literal["up", "down", "even", "few"]
Counts = tuple[int, int]
"""Before, and now."""


def trends(counts: Mapping[str, Counts], false_alarms: float, *, share: float = 0.5) -> dict[str, Trend]:
    """One verdict a topic; `share` is how much of the time of both periods the later one has.

    Nothing asked in either is "few"; what no test could ever call sure is "few" as well.
    """
    tested = {topic: p_value(*pair, share) for topic, pair in counts.items() if sum(pair)}
    sure = holm(tested, false_alarms)
    found: dict[str, Trend] = {}
    for topic, (before, now) in counts.items():
        if topic in sure:
            found[topic] = "up" if now * (1 - share) > before * share else "down"
        else:
            found[topic] = "even" if before + now and _could_tell(before + now, share, false_alarms) else "few"
    return found


def p_value(before: int, now: int, share: float = 0.5) -> float:
    """How often chance alone would give two counts at least so far apart, in either direction."""
    n = before + now
    return min(1.0, 2 * min(_tail(n, now, share), _tail(n, before, 1 - share)))


def holm(p_values: Mapping[str, float], false_alarms: float) -> frozenset[str]:
    """Those that are more than chance when all are looked at together."""
    found: set[str] = set()
    ordered = sorted(p_values.items(), key=lambda each: (each[1], each[0]))
    for place, (name, p) in enumerate(ordered):
        if p > false_alarms / (len(ordered) - place):
            break
        found.add(name)
    return frozenset(found)


def _could_tell(n: int, share: float, false_alarms: float) -> bool:
    """Whether so many questions could show anything, were they all in one period."""
    return min(p_value(n, 0, share), p_value(0, n, share)) <= false_alarms


def _tail(n: int, at_least: int, share: float) -> float:
    """The chance of at least so many of n, each with this probability; summed from its largest term on."""
    if at_least <= 0:
        return 1.0
    total, term = 0.0, 0.0
    for k in range(at_least, n + 1):
        term = exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * log(share) + (n - k) * log(1 - share))
        total += term
        if k > n * share and term < total * 1e-12:
            break
    return min(total, 1.0)
