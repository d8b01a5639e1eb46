"""targets.yaml: what a drill is judged on, each target with its number, its source and whether it is judged at all.

Rule kept: the numbers are data, and what half reached means stands beside each; the keys are the measures' own
(`drills/scoring`), so a target nobody measures cannot be written.
"""

from __future__ import annotations

from datetime import date as Day
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from ddh_beredskab.core.playbook import Page, Part, Sentence
from ddh_beredskab.playbooks.files import Document, read_document
from ddh_beredskab.playbooks.problems import PlaybookError
from ddh_beredskab.playbooks.validation import validated
from schemas.drill_evaluation import Family, Unit, Verdict

FILE = "targets.yaml"
_Number = Annotated[float, Field(ge=0)]

TargetKey = Literal[
    "decision", "quorum", "staff_established", "first_meeting", "trained",
    "first_message", "guide_gap", "guide_seen", "guide_versions",
    "reports_issued", "reports_received", "picture_first", "picture_updates", "authority_status",
    "relief", "rest",
    "log_late", "log_corrections", "log_omissions", "log_silence",
    "answered", "gaps_closed", "urgent_passed_on",
    "expected_actions",
    "first_contact", "wait", "satisfaction",
]  # fmt: skip


class Target(Part):
    """One line. With `per: interval` the numbers are times the time limit that was in force."""

    key: TargetKey
    family: Family
    label: Sentence
    unit: Unit
    per: Literal["interval"] | None = None
    at_most: _Number | None = None
    at_least: _Number | None = None
    partly: _Number | None = None
    judged: bool
    source: Sentence
    date: Day

    @property
    def goal(self) -> float | None:
        """The number it is held against; null: there is none."""
        return self.at_most if self.at_most is not None else self.at_least

    def verdict(self, measured: float) -> Verdict:
        """Reached, half reached or not; what is not judged is only shown."""
        goal = self.goal
        if not self.judged or goal is None:
            return "shown"
        sign = 1 if self.at_most is not None else -1
        if sign * measured <= sign * goal:
            return "reached"
        return "partly" if self.partly is not None and sign * measured <= sign * self.partly else "not_reached"


class Targets(Page):
    """The whole table."""

    recorded_action_minutes: Annotated[int, Field(gt=0, strict=True)]
    recorded_action_source: Sentence
    targets: Annotated[tuple[Target, ...], Field(min_length=1)]

    def get(self, key: TargetKey) -> Target | None:
        """The line of that key; null: it has been taken out."""
        return next((each for each in self.targets if each.key == key), None)


def read_targets(folder: Path, shown: str) -> tuple[Document, Targets | None]:
    """The file with what is wrong with it."""
    document = read_document(folder / FILE, shown)
    found = validated(document, Targets) if document.data else None
    if found is not None:
        for index, target in enumerate(found.targets):
            _check(document, index, target, found.targets[:index])
    return document, found


def _check(document: Document, index: int, target: Target, before: tuple[Target, ...]) -> None:
    place = ("targets", index)
    if any(each.key == target.key for each in before):
        document.add((*place, "key"), "target_twice", name=target.key)
    if target.at_most is not None and target.at_least is not None:
        document.add((*place, "at_least"), "target_both", name=target.key)
    if target.judged and target.goal is None:
        document.add((*place, "judged"), "target_without_goal", name=target.key)
    if target.judged and target.partly is not None and target.verdict(target.partly) == "reached":
        document.add((*place, "partly"), "target_partly_reached", name=target.key)


def load_targets(folder: Path) -> Targets:
    """The table of a playbook folder. Raises `PlaybookError` with every mistake and its line."""
    document, found = read_targets(folder, FILE)
    if found is None or document.problems:
        raise PlaybookError(document.problems)
    return found
