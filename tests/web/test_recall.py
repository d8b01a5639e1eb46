"""After a recall: exactly the agents and the questions of the period, names under the rule, and a text to copy."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from ddh_beredskab.drills.recording_model import RecordedInput
from ddh_beredskab.journal import intake
from ddh_beredskab.journal.clock_row import clock_now
from ddh_beredskab.journal.connection import Statement
from ddh_beredskab.people.briefing import ongoing
from ddh_beredskab.people.recall_facts import RecallFacts, recall_facts
from schemas.feedback import FeedbackItem
from tests.web.engine import Desk, desk

DRILL = "oevelse.stormflod"
AT = datetime.fromisoformat("2023-10-21T03:00:00+02:00")
SECOND = timedelta(seconds=1)
BEFORE = Statement("SELECT agent, seen_at FROM guide_receipts WHERE crisis = :crisis AND version = :version")
STAMPED = Statement("SELECT id FROM feedback_items WHERE crisis = :crisis AND guide_version = :version")


def after(given: RecordedInput) -> bool:
    return given.at > AT


def ask(site: Desk, at: datetime, version: int | None, topic: str = "stroem") -> UUID:
    """One question at an instant, stamped with a version."""
    item = FeedbackItem(
        id=uuid4(), crisis_id=site.stage.crisis, time=at, topic=topic, answered="no", municipality="9001",
        guide_version=version, agent="agent-x1", text="Hvornår?",
    )  # fmt: skip
    site.stage.write(lambda conn: intake.add_feedback(conn, [(item, 0)], clock_now(conn)))
    return item.id


def see(site: Desk, version: int, agent: str, municipality: str, at: datetime) -> None:
    crisis = site.stage.crisis
    site.stage.write(lambda conn: intake.add_receipts(conn, crisis, version, [(agent, municipality)], at))


def facts_of(site: Desk, version: int) -> RecallFacts | None:
    crisis = site.stage.crisis
    return site.stage.read(lambda conn: recall_facts(conn, crisis, version))


@pytest.mark.timeout(240)
async def test_a_recall_names_exactly_the_agents_and_the_questions_of_its_period(tmp_path: Path) -> None:
    async with desk(tmp_path, environment=DRILL, until=after, play=True) as site:
        crisis, path = site.stage.crisis, f"/krise/{DRILL}/{site.stage.crisis}/guide"
        guide = site.stage.read(ongoing)[crisis]
        version = int(guide["version"])
        assert facts_of(site, version) is None, "it is not recalled yet"
        since = datetime.fromisoformat(guide["released_at"].replace("Z", "+00:00"))
        earlier = {
            str(row[0]) for row in site.stage.read(lambda conn: conn.all(BEFORE, crisis=crisis, version=version))
        }
        asked = {str(row[0]) for row in site.stage.read(lambda conn: conn.all(STAMPED, crisis=crisis, version=version))}
        see(site, version, "agent-x1", "9002", since)
        see(site, version - 1, "agent-x2", "9002", since)
        inside = [ask(site, since, version), ask(site, since + SECOND, version)]
        ask(site, since - SECOND, version - 1)
        without = len([ask(site, since + SECOND, None), ask(site, since, None)])
        ask(site, since - SECOND, None)

        leader = await site.be("asta-klitvang")
        wrong = {
            "version": str(version),
            "wrong": "Strømmen er tilbage kl. 4",
            "correction": "Strømmen er tilbage kl. 6.",
        }
        told = await leader.post(f"{path}/tilbagekald", data=wrong, headers={"accept": "application/json"})
        assert told.json()["status"] == "decided", told.text
        now = site.stage.read(clock_now)
        see(site, version, "agent-x3", "9003", now + SECOND)
        late = ask(site, now + SECOND, version)

        facts = facts_of(site, version)
        assert facts is not None
        assert facts.since == since
        assert {each.agent for each in facts.agents} == earlier | {"agent-x1"}
        assert [each.agent for each in facts.late] == ["agent-x3"]
        assert set(facts.items) == asked | {str(each) for each in inside}
        assert str(late) not in facts.items
        assert facts.after == 1
        assert facts.unstamped >= without
        assert sum(count for _, count in facts.topics) == len(facts.items)
        assert facts.seen == len(earlier) + 1

        member, lead = await site.be("lone-tangholt"), await site.be("dorte-vibeholm")
        page = (await member.get(f"{path}/version/{version}")).text
        assert f"{facts.seen} agenter nåede at se den." in page
        assert "Rettelse fra Strandby Kommune: Strømmen er tilbage kl. 6." in page
        assert "Sms&#39;er: 1." in page
        assert "agent-x1" not in page
        page = (await lead.get(f"{path}/version/{version}")).text
        assert "agent-x1" in page
        assert "agent-x3" in page
        agent = (await (await site.be("mona-baeklund")).get(f"{path}/version/{version}")).text
        assert "nåede at se den" not in agent
        outside = (await (await site.be("birgit-vesterklit")).get(f"{path}/version/{version}")).text
        assert "nåede at se den" in outside
        if len(facts.items) < 5:
            assert "Tallet vises ikke" in outside
