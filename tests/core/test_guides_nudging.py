"""Mind dem om det: who may, whom it is about, and that only a count is told."""

from __future__ import annotations

import pytest

from ddh_beredskab.core.decider import Found, Receipts, ReceiptsNeeded, Refused
from schemas.base import Actor, Event
from schemas.guides import NudgeUnseen, RecallGuide, UnseenNudged
from tests.core.guide_story import NOON, GuideStory, minutes, running
from tests.core.strandby import CALL_AGENT, COMMUNICATIONS, INFORMATION_LEAD

AT = NOON + minutes(5)


def remind(story: GuideStory, *, on_shift: int, seen: int, version: int = 1, by: Actor = COMMUNICATIONS) -> list[Event]:
    command = NudgeUnseen(version=version)
    needs = story.needs(command, at=AT)
    assert needs in ((ReceiptsNeeded(version=version, at=AT),), ())
    found = Found(receipts={it: Receipts(on_shift, seen, "ab") for it in needs if isinstance(it, ReceiptsNeeded)})
    return story.do(command, at=AT, by=by, found=found)


def test_those_who_have_not_seen_it_are_told_and_the_log_has_their_number() -> None:
    assert remind(running(), on_shift=230, seen=212) == [UnseenNudged(version=1, on_shift=230, seen=212, missing=18)]


def test_nobody_is_reminded_when_all_have_seen_it() -> None:
    with pytest.raises(Refused) as refused:
        remind(running(), on_shift=230, seen=230)
    assert refused.value.code == "nobody_to_nudge"


def test_nobody_is_reminded_of_a_version_that_is_not_in_force() -> None:
    with pytest.raises(Refused) as refused:
        remind(running(), on_shift=230, seen=0, version=7)
    assert refused.value.code == "guide_version_not_in_force"
    recalled = running()
    recalled.do(RecallGuide(version=1, wrong="a", correction="b"), at=NOON + minutes(1), by=COMMUNICATIONS)
    with pytest.raises(Refused) as refused:
        remind(recalled, on_shift=230, seen=0)
    assert refused.value.code == "no_guide_in_force"


def test_the_staff_of_ddh_reminds_and_nobody_else() -> None:
    for actor in (CALL_AGENT, INFORMATION_LEAD):
        with pytest.raises(Refused) as refused:
            remind(running(), on_shift=2, seen=1, by=actor)
        assert refused.value.code == "role_may_not"


def test_nothing_is_looked_up_before_there_is_a_guide() -> None:
    with pytest.raises(Refused) as refused:
        remind(GuideStory(), on_shift=2, seen=1)
    assert refused.value.code == "guide_not_opened"
