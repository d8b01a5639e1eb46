"""Which guide does every agent use now, how fresh is it, and what came before it?

The document holds the version in force with its text, the first message, the interval and the deadlines that run,
drafts on their way, the history of versions with what they changed, who confirmed, and how many on shift had seen
each. Each update's time is kept, so that the longest gap can be counted over staffed time (`guide_gaps`).
No agent's name is here: receipts are counts.
"""

from __future__ import annotations

from typing import Any

from ddh_beredskab.journal.messages import StoredMessage
from ddh_beredskab.projections.read_model import Json, ReadModel, iso, plain
from schemas import guides as g
from schemas.base import DeadlineCancelled, DeadlineSet, Event, TimerFired


def keys(message: StoredMessage) -> tuple[str, ...]:
    """The events of guides, and the firings of its deadlines."""
    if isinstance(message.message, TimerFired):
        return (message.subject,) if message.message.concern == "guides" else ()
    if isinstance(message.message, Event) and message.stream == f"guides-{message.subject}":
        return (message.subject,)
    return ()


def fold(_key: str, doc: Json | None, row: StoredMessage) -> Json:
    """The guide after one message."""
    doc, at, message = doc or _new(), iso(row.time), row.message
    match message:
        case DeadlineSet() | DeadlineCancelled() | TimerFired():
            return doc | {"deadlines": deadlines_after(doc["deadlines"], row)}
        case g.GuideSkeletonPrepared():
            return doc | {"state": "skeleton"}
        case g.GuideOpened():
            opened: Json = {
                "state": "opened",
                "opened_at": at,
                "closed_at": None,
                "interval_minutes": message.interval_minutes,
                "opening": [*doc["opening"], *(plain(opening) for opening in message.opening)],
                "first_message_before": iso(message.first_message_before),
            }
            return doc | opened | {"updates": [*doc["updates"], _update("opened", at, message.interval_minutes)]}
        case g.GuideOpeningNoted():
            return doc | {"opening": [*doc["opening"], plain(message.opening)]}
        case g.FirstMessageOverdue():
            return doc | {"first_message_overdue": True}
        case g.FirstMessageReleased():
            first: Json = {"at": at, "by": row.actor.person, "lines": list(message.lines), "minutes": message.minutes}
            version = _version(0, at, row.actor.person, {"lines": list(message.lines)})
            doc = _in_force(doc, version, row) | {"first_message": first, "first_message_overdue": False}
            return doc | {"state": "first_message", "replace_before": iso(message.replace_before)}
        case g.GuideReplacementOverdue():
            return doc | {"replacement_overdue": True}
        case g.GuideDrafted():
            draft: Json = {"draft": message.draft, "at": at, "by": row.actor.person, "note": message.note}
            return doc | {"draft": draft | {"facts_approved": None}}
        case g.GuideFactsApproved():
            return doc | {"draft": _approved(doc["draft"], message, at)}
        case g.GuideReleased():
            return _released(doc, message, row)
        case g.GuideReleasePlanned():
            plan: Json = plain(message, "closes_gaps") | {"at": at}
            return doc | {"planned": plan, "plan_lapsed": None}
        case g.PlannedReleaseCancelled():
            return doc | {"planned": None}
        case g.PlannedReleaseLapsed():
            return doc | {"planned": None, "plan_lapsed": plain(message) | {"at": at}}
        case g.SecondLookOverdue():
            return doc | {"second_look": "overdue"}
        case g.SecondLookGiven():
            seen: Json = {"second_look": {"person": message.person, "at": at, "note": message.note}}
            return _version_changed(doc, message.version, seen) | {"second_look": "given"}
        case g.GuideConfirmed():
            confirmed: Json = {"confirmed_at": at, "confirmed_by": message.confirmed_by}
            doc = _fresh(_version_changed(doc, message.version, confirmed), "confirmed", at)
            return doc | {"confirmed_at": at, "confirmed_by": message.confirmed_by, "night": None}
        case g.GuideIntervalSet():
            return doc | {
                "interval_minutes": message.minutes,
                "updates": [*doc["updates"], _update("interval", at, message.minutes)],
            }
        case g.NightVersionSet():
            night: Json = {"version": message.version, "until": iso(message.holds_until), "owner": message.owner}
            return doc | {"night": night}
        case g.GuideUpdateReminded():
            return doc | {"reminded_at": at}
        case g.GuideUpdateOverdue():
            return doc | {"overdue_since": iso(message.since), "overdue_times": doc["overdue_times"] + 1}
        case g.GuideEscalated():
            tried: Json = {"role": message.role, "person": message.person, "at": at}
            return doc | {"escalations": [*doc["escalations"], tried]}
        case g.GuideRecalled():
            recall: Json = {"at": at, "wrong": message.wrong, "correction": message.correction}
            doc = _version_changed(doc, message.version, {"recalled": recall})
            return doc | ({"state": "recalled"} if message.version == doc["version"] else {})
        case g.GuideSeenMeasured():
            seen = {"on_shift": message.on_shift, "seen": message.seen, "target": message.target, "at": at}
            return _version_changed(doc, message.version, {"seen": seen})
        case g.UnseenNudged():
            nudge: Json = {"at": at, "by": row.actor.person, "missing": message.missing}
            return _version_changed(doc, message.version, {"nudged": nudge})
        case g.ChannelConfirmedLive():
            live: Json = {"version": message.version, "person": message.person, "at": at}
            return doc | {"live": doc["live"] | {message.channel: live}}
        case g.GuideClosed():
            closed: Json = {"state": "closed", "closed_at": at, "overdue_since": None, "night": None}
            return doc | closed | {"updates": [*doc["updates"], _update("closed", at, doc["interval_minutes"])]}
        case _:
            return doc


GUIDE_IN_FORCE = ReadModel("guide_in_force", keys, fold)


def deadlines_after(deadlines: Json, row: StoredMessage) -> Json:
    """Name -> id and when it is due, for the deadlines that still run; an old timer never ends a newer one."""
    match row.message:
        case DeadlineSet() as deadline:
            return deadlines | {deadline.name: {"id": str(row.id), "due_at": iso(deadline.due_at)}}
        case DeadlineCancelled() | TimerFired() as ended:
            return {name: x for name, x in deadlines.items() if x["id"] != str(ended.deadline_id)}
        case _:
            return deadlines


def _new() -> Json:
    return {
        "state": "none",
        "version": None,
        "content": None,
        "first_message": None,
        "released_at": None,
        "released_by": None,
        "fresh_at": None,
        "confirmed_at": None,
        "confirmed_by": None,
        "changed": [],
        "interval_minutes": None,
        "opening": [],
        "opened_at": None,
        "closed_at": None,
        "overdue_since": None,
        "overdue_times": 0,
        "escalations": [],
        "night": None,
        "draft": None,
        "planned": None,
        "plan_lapsed": None,
        "second_look": None,
        "live": {},
        "deadlines": {},
        "updates": [],
        "versions": [],
    }


def _update(kind: str, at: str, interval: int | None) -> Json:
    return {"kind": kind, "at": at, "interval": interval}


def _version(number: int, at: str, by: str, more: Json) -> Json:
    return {"version": number, "at": at, "by": by, "state": "in_force", "seen": None, "recalled": None} | more


def _in_force(doc: Json, version: Json, row: StoredMessage) -> Json:
    """The version is the one every agent uses from now; the one before it is replaced."""
    at = iso(row.time)
    earlier = [x | {"state": "replaced", "replaced_at": at} if x["state"] == "in_force" else x for x in doc["versions"]]
    changes: Json = {
        "version": version["version"],
        "versions": [*earlier, version],
        "released_at": at,
        "released_by": version["by"],
        "confirmed_at": None,
        "confirmed_by": None,
        "night": None,
        "second_look": None,
    }
    return _fresh(doc | changes, "released", at)


def _fresh(doc: Json, kind: str, at: str) -> Json:
    updates = [*doc["updates"], _update(kind, at, doc["interval_minutes"])]
    return doc | {"fresh_at": at, "overdue_since": None, "escalations": [], "updates": updates}


def _released(doc: Json, message: g.GuideReleased, row: StoredMessage) -> Json:
    content, draft = plain(message.content), _draft(doc)
    version = _version(
        message.version,
        iso(row.time),
        message.released_by,
        {
            "draft": message.draft,
            "reason": message.reason,
            "alone": message.alone,
            "planned": message.planned,
            "closes_gaps": list(message.closes_gaps),
            "channels": list(message.channels),
            "facts_approved": draft["facts_approved"] if draft else None,
        },
    )
    doc = _in_force(doc, version, row)
    return doc | {
        "state": "in_force",
        "changed": _changed(doc["content"], content),
        "content": content,
        "reason": message.reason,
        "alone": message.alone,
        "second_look": "waiting" if message.alone else None,
        "channels": list(message.channels),
        "duty_number_missing": message.duty_number_missing,
        "draft": None if draft and draft["draft"] <= message.draft else draft,
        "replacement_overdue": False,
        "planned": None if message.planned else doc.get("planned"),
        "plan_lapsed": None,
    }


def _draft(doc: Json) -> Json | None:
    return doc["draft"]


def _changed(before: Json | None, after: Json) -> list[str]:
    """The questions and headings whose text is not what it was (none for the first version with a text)."""
    if before is None:
        return []
    answers = [name for name, text in after["answers"].items() if before["answers"].get(name) != text]
    others = ("does_not_answer", "transfer", "duty_number", "by_topic", "english")
    return answers + [name for name in others if before[name] != after[name]]


def _approved(draft: Json | None, message: g.GuideFactsApproved, at: str) -> Json | None:
    if draft is None or draft["draft"] != message.draft:
        return draft
    return draft | {"facts_approved": plain(message, "draft") | {"at": at}}


def _version_changed(doc: Json, number: int, changes: dict[str, Any]) -> Json:
    versions = [x | changes if x["version"] == number else x for x in doc["versions"]]
    return doc | {"versions": versions}
