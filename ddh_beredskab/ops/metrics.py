"""The figures a monitoring system scrapes, in the format of Prometheus, made from facts at each scrape.

The rule kept: what can be read from the journal is read from it, so it is right when the worker is dead; what only the
worker knows is as old as its status row, whose age is a figure too. No crisis, no person and no text is a label.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from ddh_beredskab.core.subscriptions import CONCERNS
from ddh_beredskab.ops.facts import Facts
from ddh_beredskab.ops.vitals import BUCKETS

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_GAUGES = {
    "messages": "Messages in the journal.",
    "undone_deliveries": "Deliveries without an outcome.",
    "timers_late": "Open timers more than five seconds past their time.",
    "quarantine_open": "What waits in quarantine for a person.",
    "feedback_uncounted": "Citizens' questions stored and not counted yet.",
    "read_models_behind_rows": "Journal rows the read models have not folded yet.",
}
_WORKER_COUNTERS = {
    "handled": ("handled_deliveries", "Deliveries handled since the worker started."),
    "published": ("relay_published_records", "Records the broker has acknowledged since the worker started."),
    "rings": ("sweeper_rings", "Deliveries rung for again since the worker started."),
    "quarantined": ("quarantined_messages", "Messages set aside since the worker started."),
}


class _Facts(Collector):
    """The figures of some environments, unreadable ones by name only."""

    def __init__(self, facts: Sequence[Facts], unreadable: Sequence[str]) -> None:
        self._facts = facts
        self._unreadable = unreadable

    def collect(self) -> Iterable[Metric]:
        up = GaugeMetricFamily(
            "ddh_journal_readable", "Whether the environment's journal can be read.", labels=["environment"]
        )
        for facts in self._facts:
            up.add_metric([facts.environment], 1)
        for name in self._unreadable:
            up.add_metric([name], 0)
        yield up
        yield from _journal(self._facts)
        yield from _audits(self._facts)
        yield from _workers(self._facts)


def metrics(facts: Sequence[Facts], unreadable: Sequence[str] = ()) -> bytes:
    """All figures as text, with those of this process itself."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    registry.register(_Facts(facts, unreadable))
    return generate_latest(registry)


def _journal(all_: Sequence[Facts]) -> Iterable[Metric]:
    for name, text in _GAUGES.items():
        gauge = GaugeMetricFamily(f"ddh_{name}", text, labels=["environment"])
        for facts in all_:
            gauge.add_metric([facts.environment], _value(facts, name))
        yield gauge
    oldest = GaugeMetricFamily(
        "ddh_oldest_undone_seconds", "Age of the oldest unhandled message.", labels=["environment", "concern"]
    )
    for facts in all_:
        ages: dict[str, float] = dict.fromkeys(CONCERNS, 0.0)
        for each in facts.backlog:
            ages[each.concern] = max(ages.get(each.concern, 0.0), facts.age(each.since) or 0.0)
        for concern, age in ages.items():
            oldest.add_metric([facts.environment, concern], age)
    yield oldest


def _value(facts: Facts, name: str) -> float:
    match name:
        case "messages":
            return facts.messages
        case "undone_deliveries":
            return facts.undone
        case "timers_late":
            return facts.timers_late
        case "quarantine_open":
            return facts.quarantined
        case "feedback_uncounted":
            return facts.uncounted
        case _:
            return facts.rows_behind


def _audits(all_: Sequence[Facts]) -> Iterable[Metric]:
    breaches = GaugeMetricFamily("ddh_audit_breaches", "What does not hold of I1-I10.", labels=["environment"])
    age = GaugeMetricFamily("ddh_audit_age_seconds", "How long ago the last audit ended.", labels=["environment"])
    took = GaugeMetricFamily("ddh_audit_seconds", "How long the last audit took.", labels=["environment"])
    for facts in all_:
        if (audit := facts.audit) is not None:
            breaches.add_metric([facts.environment], audit.get("count", 0))
            age.add_metric([facts.environment], facts.age(audit["written_at"]) or 0.0)
            took.add_metric([facts.environment], audit.get("seconds", 0.0))
    yield from (breaches, age, took)


def _workers(all_: Sequence[Facts]) -> Iterable[Metric]:
    labels = ["environment", "worker"]
    seen = GaugeMetricFamily("ddh_worker_seen_seconds", "Since when the worker has told nothing.", labels=labels)
    stuck = GaugeMetricFamily(
        "ddh_commit_stuck_seconds", "Longest time a working partition's commit has stood.", labels=labels
    )
    relay = GaugeMetricFamily("ddh_relay_behind_messages", "Messages the relay has still to publish.", labels=labels)
    counters = {
        key: CounterMetricFamily(f"ddh_{name}", text, labels=labels) for key, (name, text) in _WORKER_COUNTERS.items()
    }
    times = HistogramMetricFamily("ddh_decision_seconds", "From commit of a message to its decision.", labels=labels)
    for facts in all_:
        for name, status in facts.workers.items():
            place = [facts.environment, name]
            figures = status.get("figures", {})
            seen.add_metric(place, facts.age(status["written_at"]) or 0.0)
            stuck.add_metric(place, max((each["seconds"] for each in status.get("commit_stuck", [])), default=0.0))
            if (cursor := figures.get("relay_cursor")) is not None:
                relay.add_metric(place, max(0, facts.messages - cursor))
            for key, counter in counters.items():
                counter.add_metric(place, figures.get(key, 0))
            if told := status.get("decision_times"):
                times.add_metric(place, _buckets(told["counts"]), told["total"])
    yield from (seen, stuck, relay, *counters.values(), times)


def _buckets(counts: Sequence[int]) -> list[tuple[str, float]]:
    """Cumulative, as the format wants them."""
    total, found = 0, list[tuple[str, float]]()
    for edge, count in zip((*(f"{bucket:g}" for bucket in BUCKETS), "+Inf"), counts, strict=False):
        total += count
        found.append((edge, total))
    return found
