"""Reports and gaps, what became of commands, and questions by topic with small counts hidden."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from ddh_beredskab.projections.documents import document
from ddh_beredskab.projections.feedback_reports import FEEDBACK_REPORTS, counts, open_gaps
from ddh_beredskab.projections.outcomes import LAST, OUTCOMES, outcome
from ddh_beredskab.projections.questions_by_topic import questions_by_topic
from ddh_beredskab.projections.read_model import Json
from schemas import feedback as f
from schemas.activation import AgreeStepDown, StepDownAgreed
from schemas.base import CommandRefused, Message
from schemas.logbook import LogEntryRecorded
from tests.projections.stage import Stage
from tests.projections.telling import CRISIS, T0, folded, minute, told
from tests.projections.test_runner import entry


def reports(*messages: Message) -> Json:
    rows = [told(message, i, position=i + 1) for i, message in enumerate(messages)]
    return folded(FEEDBACK_REPORTS, rows)[CRISIS]


def issued(number: int) -> f.ReportIssued:
    return f.ReportIssued(
        number=number,
        period_from=T0,
        period_to=T0,
        total=3,
        late=0,
        by_topic=(),
        previous_total=0,
        gaps=("strøm",),
        proposals=(),
        earlier=(),
        final=False,
    )


def test_an_answer_goes_to_its_report() -> None:
    doc = reports(issued(1), issued(2), f.ReportAcknowledged(number=1, by="tobias-havrimmel", answers=()))
    assert counts(doc) == (2, 1)
    assert doc["reports"][0]["acknowledged"]["at"] == minute(2)
    assert doc["reports"][1]["acknowledged"] is None


def test_gaps_are_ranked_and_closed_by_the_version_that_answers() -> None:
    found = [
        f.GapFound(topic=t, unanswered=n, first_seen_in_report=1) for t, n in (("strøm", 4), ("dyr", 9), ("veje", 4))
    ]
    doc = reports(*found, f.GapClosed(topic="dyr", version=3))
    assert open_gaps(doc) == [("strøm", 4), ("veje", 4)]
    assert doc["gaps"]["dyr"]["version"] == 3


def test_a_command_waits_until_an_event_names_it_as_its_cause() -> None:
    command = told(AgreeStepDown(), 0)
    agreed = StepDownAgreed(number=1, effective_at=T0, final=False, agreed_by=())
    waiting = folded(OUTCOMES, [command])[CRISIS]
    assert (outcome(waiting, str(command.id)) or {})["outcome"] == "waiting"
    decided = folded(OUTCOMES, [command, told(agreed, 1, cause=command.id, position=2)])[CRISIS]
    assert (outcome(decided, str(command.id)) or {})["events"] == ["step_down_agreed"]
    assert outcome(decided, str(UUID(int=0))) is None


def test_the_log_telling_of_a_command_is_not_its_outcome() -> None:
    command = told(AgreeStepDown(), 0)
    line: LogEntryRecorded = entry(1)
    doc = folded(OUTCOMES, [command, told(line, 1, cause=command.id, position=2)])[CRISIS]
    assert (outcome(doc, str(command.id)) or {})["outcome"] == "waiting"


def test_a_refused_command_says_why() -> None:
    command = told(AgreeStepDown(), 0)
    refused = CommandRefused(
        concern="activation", command_id=command.id, command_type=command.type, code="nothing_proposed", facts={}
    )
    doc = folded(OUTCOMES, [command, told(refused, 1, position=2)])[CRISIS]
    assert (outcome(doc, str(command.id)) or {})["code"] == "nothing_proposed"


def test_only_the_last_hundred_are_kept() -> None:
    rows = [told(AgreeStepDown(), i, position=i + 1, id_=UUID(int=i)) for i in range(LAST + 20)]
    doc = folded(OUTCOMES, rows)[CRISIS]
    assert list(doc["commands"]) == [str(UUID(int=i)) for i in range(20, LAST + 20)]


def test_the_surge_reports_and_is_answered(surge: Stage) -> None:
    doc = surge.read(lambda conn: document(conn, FEEDBACK_REPORTS, surge.crisis))
    sent, answered = counts(doc)
    assert sent >= 15
    assert 0 < answered < sent
    assert [report["number"] for report in doc["reports"]] == list(range(1, sent + 1))


def test_small_counts_are_hidden_from_everybody_but_the_staff(surge: Stage) -> None:
    since = surge.recording.starts_at + timedelta(hours=16)
    staff = surge.read(lambda conn: questions_by_topic(conn, surge.crisis, since, staff=True, hide_under=30))
    others = surge.read(lambda conn: questions_by_topic(conn, surge.crisis, since, hide_under=30))
    assert [t.total for t in staff] == sorted((t.total for t in staff), reverse=True)  # type: ignore[type-var]
    small = {t.topic for t in staff if (t.total or 0) < 30}
    assert small
    assert {t.topic for t in others if t.hidden} == small
    for shown in others:
        numbers = (shown.answered_yes, shown.answered_partly, shown.answered_no, shown.transferred, shown.urgent)
        assert all(n is None or n == 0 or n >= 30 for n in (*numbers, shown.recent))
    hidden = [t.topic for t in others if t.hidden]
    assert [t.topic for t in others][-len(hidden) :] == sorted(hidden), "their order tells nothing"
