"""Guides, whatever happens: only refusals, no forgotten timer, and no old guide that nobody was told of."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ddh_beredskab.core.decider import Found, Need, Receipts, ReceiptsNeeded
from ddh_beredskab.core.guides import REFUSALS
from ddh_beredskab.core.opening_hours import staffed_minutes_between
from schemas.activation import ActivationReversed, OpeningDecided
from schemas.base import SYSTEM, Actor, Event, Message
from schemas.crisis_staff import StaffStoodDown
from schemas.guides import (
    ApproveGuideFacts,
    CancelPlannedRelease,
    ConfirmChannelLive,
    ConfirmGuide,
    FirstMessageReleased,
    GiveSecondLook,
    GuideClosed,
    GuideConfirmed,
    GuideIntervalSet,
    GuideOpened,
    GuideOpeningNoted,
    GuideReleased,
    GuideUpdateOverdue,
    NudgeUnseen,
    PlanGuideRelease,
    RecallGuide,
    ReleaseFirstMessage,
    ReleaseGuide,
    ReleaseGuideAlone,
    SetGuideInterval,
    SetNightVersion,
    WriteGuideDraft,
)
from tests.core.books import BOOKS
from tests.core.drive import Drive
from tests.core.guide_story import NOON, GuideStory, full, opening
from tests.core.strandby import (
    CALL_AGENT,
    COMMUNICATIONS,
    CRISIS_LEADER,
    HOLDERS,
    INFORMATION_LEAD,
    LOCAL_LEADER,
    LOG_KEEPER,
    SECRETARIAT,
    activated,
    assumed,
    deactivated,
    on_behalf,
    provisional,
    reopened,
    warned,
)

Input = tuple[int, Message, Actor]
"""Minutes since the one before, what, by whom."""

ACTORS = (*HOLDERS, SECRETARIAT, CALL_AGENT, SYSTEM, on_behalf(COMMUNICATIONS), on_behalf(CRISIS_LEADER, LOCAL_LEADER))
waits = st.one_of(st.integers(0, 90), st.integers(0, 1500))
versions, drafts = st.integers(0, 4), st.integers(1, 5)
channels = st.lists(st.sampled_from(["contact_centre", "sms"]), max_size=2).map(tuple)
instants = st.integers(-600, 6000).map(lambda minutes: NOON + timedelta(minutes=minutes))
openings = st.builds(opening, instants, instants)
contents = st.sampled_from([full(), full(transfer=()), full(answers={})])
roles = st.sampled_from(HOLDERS).map(assumed)
messages: st.SearchStrategy[Message] = st.one_of(
    roles,
    st.builds(activated, openings),
    st.builds(provisional, openings),
    st.sampled_from([warned(), activated(), deactivated(), reopened(), ActivationReversed(ballots=())]),
    st.just(StaffStoodDown(holders={"crisis_leader": CRISIS_LEADER.person})),
    st.builds(OpeningDecided, opening=openings, grounds=st.just("")),
    st.builds(ReleaseFirstMessage, lines=st.sampled_from([("a",), ("a", " "), (" ",)])),
    st.builds(WriteGuideDraft, content=contents),
    st.builds(ApproveGuideFacts, draft=drafts, read_back_to=st.sampled_from([None, INFORMATION_LEAD.person])),
    st.builds(ReleaseGuide, draft=drafts, reason=st.just("nyt"), channels=channels),
    st.builds(ReleaseGuideAlone, draft=drafts, reason=st.sampled_from(["", "nat"]), channels=channels),
    st.builds(PlanGuideRelease, draft=drafts, reason=st.just("nyt"), channels=channels, release_at=instants),
    st.builds(CancelPlannedRelease, draft=drafts),
    st.builds(GiveSecondLook, version=st.integers(1, 4)),
    st.builds(ConfirmGuide, version=versions, read_back_to=st.sampled_from([None, LOCAL_LEADER.person])),
    st.builds(SetGuideInterval, minutes=st.integers(0, 1500)),
    st.builds(SetNightVersion, holds_until=instants, owner=st.just(LOG_KEEPER.person)),
    st.builds(RecallGuide, version=versions, wrong=st.just("a"), correction=st.sampled_from(["", "b"])),
    st.builds(ConfirmChannelLive, version=versions, channel=st.sampled_from(["sms", "voicebot"])),
    st.builds(NudgeUnseen, version=versions),
)
inputs: st.SearchStrategy[list[Input]] = st.lists(st.tuples(waits, messages, st.sampled_from(ACTORS)), max_size=40)

likely: st.SearchStrategy[Message] = st.one_of(
    st.builds(ConfirmGuide, version=st.integers(0, 2)),
    st.builds(SetGuideInterval, minutes=st.integers(15, 240)),
    st.builds(OpeningDecided, opening=openings, grounds=st.just("")),
    st.builds(SetNightVersion, holds_until=instants, owner=st.just(LOG_KEEPER.person)),
    st.builds(ReleaseGuideAlone, draft=drafts, reason=st.just("nat"), channels=st.just(("sms",))),
    st.builds(WriteGuideDraft, content=st.just(full())),
    st.builds(RecallGuide, version=versions, wrong=st.just("a"), correction=st.just("b")),
)
live: st.SearchStrategy[list[Input]] = st.lists(
    st.tuples(waits, likely, st.sampled_from([CRISIS_LEADER, INFORMATION_LEAD])), max_size=40
)


def receipts(needs: tuple[Need, ...]) -> Found:
    return Found(receipts={it: Receipts(3, 2, "ab") for it in needs if isinstance(it, ReceiptsNeeded)})


def driven(course: list[Input], *, from_activation: bool) -> Drive[object]:
    story = GuideStory()
    drive: Drive[object] = Drive(story, NOON, receipts)  # type: ignore[arg-type]
    if from_activation:
        for message in (activated(), *(assumed(actor) for actor in (CRISIS_LEADER, INFORMATION_LEAD))):
            drive.give(message, SYSTEM)
        drive.give(ReleaseFirstMessage(lines=("a",)), CRISIS_LEADER)
    for wait, message, actor in course:
        drive.to(drive.now + timedelta(minutes=wait))
        drive.give(message, actor)
    drive.to(drive.now + timedelta(hours=30))
    return drive


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(inputs)
def test_any_input_by_anybody_is_decided_or_refused_with_a_known_code(course: list[Input]) -> None:
    drive = driven(course, from_activation=False)
    assert {refused.code for refused in drive.refusals} <= set(REFUSALS)
    assert drive.state_survives_a_snapshot()


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(live)
def test_no_guide_grows_older_than_its_interval_without_a_word(course: list[Input]) -> None:
    drive = driven(course, from_activation=True)
    assert silent_gaps(drive.told, drive.now) == []


def silent_gaps(told: list[tuple[datetime, Event]], until: datetime) -> list[tuple[datetime, datetime]]:
    """Stretches longer over staffed time than the interval, at whose end nobody had been told that it was overdue."""
    found: list[tuple[datetime, datetime]] = []
    spans: list[tuple[datetime, datetime]] = []
    start: datetime | None = None
    interval = longest = 0

    def ends(at: datetime) -> None:
        if start is not None and staffed_minutes_between(BOOKS.opening_hours, start, at, spans) > longest:
            found.append((start, at))

    for at, event in told:
        match event:
            case GuideOpened():
                interval = longest = event.interval_minutes
            case GuideIntervalSet():
                interval, longest = event.minutes, max(longest, event.minutes)
            case GuideOpeningNoted():
                spans.append((max(event.opening.opens_at, at), event.opening.closes_at))
            case GuideUpdateOverdue() | GuideClosed():
                ends(at)
                start = None
            case FirstMessageReleased() | GuideReleased() | GuideConfirmed():
                ends(at)
                start, longest = at, interval
            case _:
                pass
    ends(until)
    return found
