"""What the guide's page shows beside the guide: the first message, the draft on its way, and what keeps it fresh.

Rule kept: whether a move is allowed is asked of the decider, with a command like the one the form would give.
"""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from ddh_beredskab.core.guides.clock import next_opening
from ddh_beredskab.core.guides.gate import missing
from ddh_beredskab.core.guides.states import Draft, Open
from ddh_beredskab.projections.feedback_reports import open_gaps
from ddh_beredskab.projections.read_model import Json
from ddh_beredskab.web.guide_forms import route, speaks_itself
from ddh_beredskab.web.guide_texts import State, fields_with_holes, first_lines, flat, labels, latest_draft
from ddh_beredskab.web.people_here import authority_people
from ddh_beredskab.web.views import topic_label
from ddh_beredskab.web.visit import Visit
from ddh_beredskab.web.word_diff import field_changes
from schemas import guides as g
from schemas.activation import Channel, CrisisKind
from schemas.base import Command
from schemas.guides import GuideContent

INTERVALS = (15, 30, 45, 60, 90, 120, 180, 240, 360, 480, 720, 1440)
CHANNELS: tuple[Channel, ...] = ("contact_centre", "chatbot", "voicebot", "sms")


async def guide_state(visit: Visit) -> State:
    """The concern's state as it is folded now: drafts with their texts stand there."""
    name, crisis = visit.environment.name, visit.crisis
    return await visit.environment.read(lambda conn: visit.site.moves.state(conn, name, crisis, "guides"))


def kind_of(visit: Visit) -> CrisisKind:
    """The kind of the crisis; its playbook is what the guide begins with."""
    return cast("CrisisKind", (visit.situation or {}).get("kind") or "andet")


def authority_of(visit: Visit) -> str:
    """What the affected authority is called."""
    authority: Json = (visit.situation or {}).get("authority") or {}
    return str(authority.get("name", ""))


def in_force_content(doc: Json) -> GuideContent | None:
    """The text of the version that agents use, when there is a gated one."""
    return GuideContent.model_validate(doc["content"]) if doc.get("content") else None


async def first_message(visit: Visit, state: State) -> Json | None:
    """The first message, until something is in force."""
    if not isinstance(state, Open) or state.current is not None:
        return None
    lines = list(first_lines(visit.site.playbooks, kind_of(visit), authority_of(visit)))
    most = visit.site.playbooks.limits.first_message_lines
    return {
        "lines": (lines + [""] * most)[:most],
        "before": state.first_message_before,
        "overdue": state.first_message_overdue,
        "why": await _why_not(visit, "foerstebesked", g.ReleaseFirstMessage(lines=("-",))),
    }


async def draft_on_its_way(visit: Visit, state: State, doc: Json, reports: Json | None) -> Json | None:
    """The newest draft: what is missing, what it changes, and who may move it on."""
    draft = latest_draft(state)
    if draft is None:
        return None
    speaker = await _speaker(visit, "fakta")
    texts, now, n = flat(draft.content), in_force_content(doc), draft.number
    channels = _channels(visit, doc)
    some = channels or CHANNELS[:1]
    facts = g.ApproveGuideFacts(draft=n, read_back_to=speaker)
    return {
        "draft": draft,
        "by": doc["draft"] if doc.get("draft") and doc["draft"]["draft"] == n else None,
        "missing": missing(draft.content),
        "holes": fields_with_holes(visit.site.playbooks.texts, texts),
        "labels": labels(visit.site.playbooks, kind_of(visit), visit.words),
        "changes": field_changes(flat(now) if now else None, texts),
        "first": now is None,
        "channels": channels,
        "all_channels": CHANNELS,
        "gaps": _gaps(visit, draft, now, reports),
        "no_duty_number": not draft.content.duty_number.strip(),
        "facts_why": await _why_not(visit, "fakta", facts, speaker),
        "release_why": await _why_not(visit, "frigiv", g.ReleaseGuide(draft=n, reason="-", channels=some)),
        "plan_why": await _why_not(
            visit,
            "planlaeg",
            g.PlanGuideRelease(draft=n, reason="-", channels=some, release_at=visit.now + timedelta(hours=1)),
        ),
        "alone_why": await _why_not(visit, "frigiv-alene", g.ReleaseGuideAlone(draft=n, reason="-", channels=some)),
    }


async def planned_release(visit: Visit, state: State, doc: Json) -> Json | None:
    """A change of force that comes by itself, or the last one that fell away."""
    lapsed: Json | None = doc.get("plan_lapsed")
    if not isinstance(state, Open) or (state.planned is None and lapsed is None):
        return None
    if state.planned is None:
        return {"lapsed": lapsed, "planned": None, "cancel_why": None}
    cancel = g.CancelPlannedRelease(draft=state.planned.draft)
    return {"lapsed": None, "planned": state.planned, "cancel_why": await _why_not(visit, "planlaeg-fra", cancel)}


async def kept_fresh(visit: Visit, state: State, doc: Json) -> Json | None:
    """What keeps the version in force fresh, and takes it back."""
    if not isinstance(state, Open) or state.current is None:
        return None
    version, night = state.current.number, next_opening(visit.site.playbooks, state.openings, visit.now)
    speaker = await _speaker(visit, "gaelder-stadig")
    channels: list[Channel] = doc.get("channels", []) if version else []
    interval = next(minutes for minutes in INTERVALS if minutes != state.interval_minutes)
    live: Json = doc.get("live", {})
    waiting: list[Channel] = [channel for channel in channels if live.get(channel, {}).get("version") != version]
    return {
        "version": version,
        "recalled": state.current.recalled_at is not None,
        "interval": state.interval_minutes,
        "intervals": INTERVALS,
        "night_until": night,
        "second_look": state.second_look,
        "channels": channels,
        "live": live,
        "channel_why": await _why_not(visit, "kanal", g.ConfirmChannelLive(version=version, channel=waiting[0]))
        if waiting
        else None,
        "confirm_why": await _why_not(
            visit, "gaelder-stadig", g.ConfirmGuide(version=version, read_back_to=speaker), speaker
        ),
        "look_why": await _why_not(visit, "gennemsyn", g.GiveSecondLook(version=max(1, version))),
        "interval_why": await _why_not(visit, "interval", g.SetGuideInterval(minutes=interval)),
        "night_why": await _why_not(
            visit, "natversion", g.SetNightVersion(holds_until=night or visit.now, owner=speaker or "nogen")
        ),
        "recall_why": await _why_not(visit, "tilbagekald", g.RecallGuide(version=version, wrong="-", correction="-")),
    }


async def _speaker(visit: Visit, name: str) -> str | None:
    """Whom of the authority one would speak for with this move; null: for nobody, one is of the authority."""
    if speaks_itself(visit, name):
        return None
    people = await authority_people(visit)
    return people[0].ref if people else None


async def _why_not(visit: Visit, name: str, command: Command, speaker: str | None = None) -> str | None:
    return await visit.why_not(command, route(name), on_behalf_of=speaker)


def _channels(visit: Visit, doc: Json) -> tuple[Channel, ...]:
    """Where the guide goes: as the version in force, else as the decision says."""
    terms: Json = (visit.situation or {}).get("terms") or {}
    found: list[Channel] = doc.get("channels") or terms.get("channels") or []
    return tuple(found)


def _gaps(visit: Visit, draft: Draft, now: GuideContent | None, reports: Json | None) -> list[tuple[str, str, bool]]:
    """Topics the version may answer: (key, label, whether the draft has a new answer to it)."""
    before = now.by_topic if now else {}
    new = [topic for topic, text in draft.content.by_topic.items() if text.strip() and before.get(topic) != text]
    asked = [topic for topic, _ in open_gaps(reports)]
    known = [*asked, *(topic for topic in new if topic not in asked)]
    kind = kind_of(visit)
    return [(topic, topic_label(visit.site.playbooks, kind, topic), topic in new) for topic in known]
