"""What our own numbers say now, as text to begin a DDH-status with: guide, questions, staff, channels, decisions.

Rule kept: only what DDH itself knows; the authority's facts are never restated. It is a suggestion: people write.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.projections.feedback_reports import counts, open_gaps
from ddh_beredskab.projections.read_model import Json, instant
from ddh_beredskab.web.names import Names
from ddh_beredskab.web.reading import CrisisRead
from ddh_beredskab.web.views import topic_label
from ddh_beredskab.web.words import Words

MOST_ASKED = 3
LONGEST = 160
"""So much of a decision is offered; the whole stands in the log."""


def suggestions(
    read: CrisisRead, playbooks: Playbooks, words: Words, names: Names, decisions: Sequence[Json]
) -> dict[str, str]:
    """Section -> sentences, for the sections we know something about."""
    now = read.clock.now
    found = {
        "guide": _guide(read.guide, words, names, now),
        "questions": _questions(read, playbooks, words),
        "channels": _channels(read, words),
        "staffing": _staffing(read.roster, playbooks, words, names, now),
        "decisions": "\n".join(
            f"{words.moment(each['happened_at'], now)}: {_short(each, names)}" for each in decisions
        ),
    }
    known = {section.key for section in playbooks.status.ddh_status}
    return {key: text for key, text in found.items() if text and key in known}


def _short(entry: Json, names: Names) -> str:
    """What an entry says, in one line and with people's names."""
    text = names.text(entry["text"]).striptags()
    return text if len(text) <= LONGEST else f"{text[:LONGEST].rsplit(' ', 1)[0]} ..."


def _guide(guide: Json | None, words: Words, names: Names, now: datetime) -> str:
    if guide is None or guide["version"] is None:
        return words.t("status.says.no_guide")
    at = words.moment(guide["released_at"], now)
    if guide["version"] == 0:
        lines = [words.t("status.says.first_message", moment=at)]
    else:
        lines = [words.t("status.says.guide", version=guide["version"], moment=at)]
    if guide["overdue_since"]:
        lines.append(words.t("status.says.guide_overdue", moment=words.moment(guide["overdue_since"], now)))
    elif guide["confirmed_at"]:
        confirmed, by = words.moment(guide["confirmed_at"], now), names.person(guide["confirmed_by"])
        lines.append(words.t("status.says.guide_confirmed", moment=confirmed, person=by))
    if (due := guide["deadlines"].get("guide_update")) and not guide["overdue_since"]:
        lines.append(words.t("status.says.guide_due", moment=words.moment(due["due_at"], now)))
    seen = next((v["seen"] for v in reversed(guide["versions"]) if v["seen"]), None)
    if seen:
        lines.append(
            words.t("status.says.seen", seen=words.number(seen["seen"]), on_shift=words.number(seen["on_shift"]))
        )
    return "\n".join(lines)


def _questions(read: CrisisRead, playbooks: Playbooks, words: Words) -> str:
    shown = [topic for topic in read.topics if topic.total]
    if not shown:
        return words.t("status.says.no_questions")
    kind = read.situation["kind"]
    total, recent = sum(t.total or 0 for t in shown), sum(t.recent or 0 for t in shown)
    most = ", ".join(
        f"{topic_label(playbooks, kind, t.topic)} ({words.number(t.total or 0)})" for t in shown[:MOST_ASKED]
    )
    lines = [
        words.t("status.says.questions", total=words.number(total), recent=words.number(recent)),
        words.t("status.says.most_asked", topics=most),
    ]
    gaps = [f"{topic_label(playbooks, kind, topic)} ({words.number(n)})" for topic, n in open_gaps(read.reports)]
    issued, acknowledged = counts(read.reports)
    if gaps:
        lines.append(words.t("status.says.gaps", topics=", ".join(gaps)))
    elif issued:  # before the first report nobody has looked
        lines.append(words.t("status.says.no_gaps"))
    lines.append(words.t("status.says.reports", issued=issued, acknowledged=acknowledged))
    return "\n".join(lines)


def _channels(read: CrisisRead, words: Words) -> str:
    guide = read.guide
    if guide is None or not guide.get("channels"):
        return ""
    lines: list[str] = []
    for channel in guide["channels"]:
        live = guide["live"].get(channel)
        right = live is not None and live["version"] == guide["version"]
        key = "status.says.live" if right else "status.says.not_live"
        lines.append(words.t(key, channel=words.t(f"channel.{channel}"), version=guide["version"]))
    return "\n".join(lines)


def _staffing(roster: Json | None, playbooks: Playbooks, words: Words, names: Names, now: datetime) -> str:
    roles: Json = roster["roles"] if roster else {}
    lines: list[str] = []
    longest = timedelta(hours=playbooks.limits.relief_due_hours)
    for role in playbooks.roles.to_fill():
        name = playbooks.roles.name(role)
        name = name[:1].upper() + name[1:]
        held = roles[role]["holder"] if role in roles else None
        if held:
            due = words.moment(instant(held["since"]) + longest, now)
            lines.append(words.t("status.says.holder", role=name, person=names.person(held["person"]), moment=due))
        elif role in playbooks.roles.must_cover():
            lines.append(words.t("status.says.nobody", role=name))
    return "\n".join(lines)
