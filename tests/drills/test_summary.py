"""The summary of a drill: every key is there, and its figures are those of the recording and the journal."""

# pyright: reportUnknownMemberType=false
# jsonschema types its errors by half.

from __future__ import annotations

import json
from pathlib import Path

from jsonschema import Draft202012Validator

from ddh_beredskab.drills.recording_model import RecordedInput
from ddh_beredskab.drills.summary import summarise
from schemas.activation import CastVote
from schemas.feedback import FeedbackItem
from schemas.publish import PUBLISHED
from tests.chaos.stage import core_sha256, piece, playbooks
from tests.drills.engine import open_at, play_here


async def test_the_summary_is_what_the_published_schema_says_and_what_was_played(tmp_path: Path) -> None:
    database = await open_at(tmp_path)
    await play_here(database, piece())
    summary, account = database.read_now(lambda conn: summarise(conn, playbooks(), piece().inputs, 1.23456))
    await database.close()
    schema = json.loads((PUBLISHED / "drill-summary.v1.json").read_text(encoding="utf-8"))
    told = summary.model_dump(mode="json")
    assert [error.message for error in Draft202012Validator(schema).iter_errors(told)] == []
    assert (account.lost, account.doubled, summary.lost, summary.doubled) == ((), (), 0, 0)
    assert summary.decisions_sha256 == core_sha256(piece())
    assert summary.seconds == 1.235
    assert [told[key] for key in told["crises"][0]] == list(told["crises"][0].values()), "the first crisis on top"
    questions = [each.payload for each in piece().inputs if isinstance(each.payload, FeedbackItem)]
    assert summary.feedback.received == len(questions)
    assert summary.feedback.unique == len({each.id for each in questions})
    assert sum(summary.feedback.by_topic.values()) == summary.feedback.unique
    assert summary.phase == "provisional"
    assert summary.guide.versions >= 1
    assert summary.guide.longest_gap_minutes is not None
    assert summary.log.chain_ok
    assert {each.person for each in summary.decision.votes} <= _voters(piece().inputs)


async def test_before_anything_has_happened_every_key_is_there_and_null_or_nothing(tmp_path: Path) -> None:
    database = await open_at(tmp_path)
    summary, account = database.read_now(lambda conn: summarise(conn, playbooks(), (), 0.0))
    await database.close()
    assert (summary.crises, summary.phase, summary.lost, summary.doubled) == ((), None, 0, 0)
    assert (account.lost, account.doubled) == ((), ())


async def test_inputs_nobody_played_are_all_lost(tmp_path: Path) -> None:
    database = await open_at(tmp_path)
    summary, account = database.read_now(lambda conn: summarise(conn, playbooks(), piece().inputs, 0.0))
    await database.close()
    commands = sum(each.kind == "command" for each in piece().inputs)
    assert sum(each.startswith("command") for each in account.lost) == commands
    assert summary.lost == len(account.lost) > commands
    assert summary.doubled == 0


def _voters(inputs: tuple[RecordedInput, ...]) -> set[str]:
    return {each.actor.person for each in inputs if isinstance(each.payload, CastVote)}
