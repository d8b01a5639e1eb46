"""The rules that decide, as one flat table: what they were when something was decided, and what has changed since.

Rule kept: only what steers a decision is told (limits, points, thresholds, roles, opening hours, intervals), never a
sentence: other words are no other rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from ddh_beredskab.core.playbook import Playbooks

Told = Mapping[str, Any]
"""`limits.yaml: quorum_at_least` -> its value."""

_WORDS = {"label", "because", "example", "source", "sources", "responsible", "date", "task", "action_card", "name"} | {
    "aliases", "held_by", "natural_deputy", "then", "outcomes", "in_doubt", "advisory", "unanswered", "criterion_line",
    "explanation", "group",
}  # fmt: skip


def rules_told(playbooks: Playbooks) -> dict[str, Any]:
    """The rules by file and key, in the order of the keys."""
    found: dict[str, Any] = {}
    parts = {
        "limits.yaml": playbooks.limits,
        "criteria.yaml": playbooks.criteria,
        "roles.yaml": playbooks.roles,
        "opening_hours.yaml": playbooks.opening_hours,
    }
    for file, part in parts.items():
        _flatten(part.model_dump(mode="json"), f"{file}: ", found)
    for kind, playbook in playbooks.kinds.items():
        found[f"{kind}.yaml: guide_interval_minutes"] = playbook.guide_interval_minutes
    return dict(sorted(found.items()))


def changed_rules(then: Told, now: Told) -> list[tuple[str, Any, Any]]:
    """(place, then, now) of every rule that is not what it was; null where there is none."""
    return [
        (place, then.get(place), now.get(place)) for place in sorted({*then, *now}) if then.get(place) != now.get(place)
    ]


def _flatten(value: Any, place: str, found: dict[str, Any]) -> None:
    if isinstance(value, dict):
        for key, inner in cast("dict[str, Any]", value).items():
            if key not in _WORDS:
                dot = "" if place.endswith(": ") else "."
                _flatten(inner, f"{place}{dot}{key}", found)
    elif isinstance(value, list) and any(isinstance(each, dict) for each in cast("list[Any]", value)):
        for number, inner in enumerate(cast("list[Any]", value)):
            own = cast("dict[str, Any]", inner) if isinstance(inner, dict) else {}
            _flatten(inner, f"{place}.{own.get('id', number)}", found)
    else:
        found[place] = value
