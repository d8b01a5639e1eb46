"""The facts a joint decision to step down rests on: what DDH itself knows at this moment, each as a line of words.

Rule kept: what we do not know is said to be unknown (calls come from another system), never guessed at.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.projections.feedback_reports import open_gaps
from ddh_beredskab.projections.read_model import Json, instant
from ddh_beredskab.web.reading import CrisisRead
from ddh_beredskab.web.views import topic_label
from ddh_beredskab.web.words import Words

MOST_GAPS = 4


@dataclass(frozen=True, slots=True)
class Fact:
    """One line: what it is about, and what is known; `known` is false where nobody has told us."""

    name: str
    text: str
    known: bool = True
    attention: bool = False
    """It speaks against stepping down now."""


def facts(read: CrisisRead, playbooks: Playbooks, words: Words, on_shift: int, actions: Json | None) -> list[Fact]:
    """In the order they are looked at."""
    return [
        _questions(read, words),
        Fact("calls", words.t("stepdown.fact.calls_unknown"), known=False),
        _gaps(read, playbooks, words),
        _guide(read.guide, words, read.clock.now),
        _on_shift(on_shift, words),
        _reliefs(read.roster, playbooks, words, read.clock.now),
        _actions(actions, words),
    ]


def as_text(known: list[Fact], words: Words, now: datetime) -> str:
    """The facts as the text a proposal begins with; what is unknown is left for people to write."""
    lines = [fact.text for fact in known if fact.known]
    return "\n".join([words.t("stepdown.fact.at", clock=words.clock(now)), *lines])


def _questions(read: CrisisRead, words: Words) -> Fact:
    total, recent = sum(t.total or 0 for t in read.topics), sum(t.recent or 0 for t in read.topics)
    return Fact("questions", words.n("stepdown.fact.questions", recent, total=words.number(total)))


def _gaps(read: CrisisRead, playbooks: Playbooks, words: Words) -> Fact:
    gaps = open_gaps(read.reports)
    if not gaps:
        return Fact("gaps", words.t("stepdown.fact.no_gaps"))
    kind = read.situation["kind"]
    named = ", ".join(topic_label(playbooks, kind, topic) for topic, _ in gaps[:MOST_GAPS])
    return Fact("gaps", words.n("stepdown.fact.gaps", len(gaps), topics=named), attention=True)


def _guide(guide: Json | None, words: Words, now: datetime) -> Fact:
    if guide is None or guide.get("version") is None:
        return Fact("guide", words.t("stepdown.fact.no_guide"))
    age = words.age(guide["fresh_at"], now)
    if guide["overdue_since"]:
        since = words.moment(guide["overdue_since"], now)
        return Fact(
            "guide", words.t("stepdown.fact.guide_overdue", version=guide["version"], since=since), attention=True
        )
    return Fact("guide", words.t("stepdown.fact.guide", version=guide["version"], age=age))


def _on_shift(count: int, words: Words) -> Fact:
    if not count:
        return Fact("on_shift", words.t("stepdown.fact.on_shift_unknown"), known=False)
    return Fact("on_shift", words.n("stepdown.fact.on_shift", count))


def _reliefs(roster: Json | None, playbooks: Playbooks, words: Words, now: datetime) -> Fact:
    longest = timedelta(hours=playbooks.limits.relief_done_hours)
    roles: Json = roster["roles"] if roster else {}
    due = sorted((instant(seat["holder"]["since"]) + longest, role) for role, seat in roles.items() if seat["holder"])
    if not due:
        return Fact("reliefs", words.t("stepdown.fact.no_reliefs"))
    at, role = due[0]
    name = playbooks.roles.roles[role].name if role in playbooks.roles.roles else role  # type: ignore[index]
    return Fact(
        "reliefs", words.t("stepdown.fact.reliefs", role=name, moment=words.moment(at, now)), attention=at < now
    )


def _actions(actions: Json | None, words: Words) -> Fact:
    open_ = [each for each in (actions or {"actions": []})["actions"] if each["status"] != "done"]
    if not open_:
        return Fact("actions", words.t("stepdown.fact.no_actions"))
    return Fact("actions", words.n("stepdown.fact.actions", len(open_)))
