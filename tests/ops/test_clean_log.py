"""Every line of the program's log carries the ids of what it is about, and nothing that somebody wrote."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest
import structlog
from pydantic import ValidationError

from agents.doorbells import listen
from ddh_beredskab.bootstrap import configure_logging, deciders
from ddh_beredskab.streams import doorbell
from ddh_beredskab.streams.ringing import Ringer
from ddh_beredskab.web.log_context import ids_in
from schemas.crisis_staff import AddAction
from schemas.logbook import WriteLogEntry
from tests.journal.desk import JOURNAL, Desk, entry
from tests.web.site import PLAYBOOKS

SECRET = "Ring til fru Ahrentoft"  # fictional
CPR = "010190-1234"  # fictional
PHONE = "21 43 65 87"  # fictional
MAIL = "nogen@eksempel.dk"  # fictional
MARKERS = (SECRET, "Ahrentoft", CPR, PHONE, MAIL)


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the program's log writes, as `configure_logging` sets it up."""
    before = structlog.get_config()
    out = io.StringIO()
    configure_logging("DEBUG", stream=out)
    structlog.configure(cache_logger_on_first_use=False)
    yield out
    structlog.configure(**before)
    structlog.contextvars.clear_contextvars()


def lines(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def errors() -> list[Exception]:
    """Errors as libraries raise them, with what they were given inside."""
    found: list[Exception] = []
    for wrong in (
        lambda: AddAction.model_validate({"text": "x", "owner": f"{SECRET} {CPR}"}),
        lambda: WriteLogEntry.model_validate({"kind": f'{SECRET}\'s "note"', "text": [SECRET], "happened_at": MAIL}),
    ):
        with pytest.raises(ValidationError) as caught:
            wrong()
        found.append(caught.value)
    found.append(asyncpg.exceptions.DataError(f"invalid input for query argument $5: '{SECRET}' (expected str)"))
    found.append(ValueError(f"could not call {PHONE} or {MAIL} about {CPR}"))
    return found


@pytest.mark.parametrize("number", range(4))
def test_an_error_is_logged_without_what_it_was_given(written: io.StringIO, number: int) -> None:
    error = errors()[number]
    log = structlog.stdlib.get_logger("test")
    try:
        raise error
    except Exception as raised:
        log.exception("it failed", error=repr(raised), reason=f"{type(raised).__name__}: {raised}")
    [line] = lines(written)
    assert line["event"] == "it failed"
    assert type(error).__name__ in line["exception"]
    assert [marker for marker in MARKERS if marker in written.getvalue()] == []


def test_ids_are_left_as_they_are(written: io.StringIO) -> None:
    message = "01938c1e-7a5b-7c11-8a63-21436587aaaa"
    structlog.stdlib.get_logger("test").info("handled", message_id=message, crisis_id="strandby-20231020-aaaa")
    [line] = lines(written)
    assert (line["message_id"], line["crisis_id"]) == (message, "strandby-20231020-aaaa")


class _Stream:
    """A Faust stream of one event, as far as an agent uses it."""

    def __init__(self, event: Any) -> None:
        self._event = event
        self.acknowledged = 0

    def noack(self) -> _Stream:
        return self

    async def events(self) -> Any:
        yield self._event

    async def ack(self, _event: Any) -> None:
        self.acknowledged += 1


async def test_what_is_handled_is_logged_with_environment_crisis_message_and_concern(
    sqlite_desk: Desk, written: io.StringIO
) -> None:
    """A message that cannot be handled is set aside; its line has all ids, and no word of its text."""
    structlog.contextvars.bind_contextvars(environment="drift")
    [given] = await sqlite_desk.give(entry(SECRET), crisis="k1")
    await sqlite_desk.change("UPDATE messages SET data = replace(data, '\"kind\"', '\"slags\"') WHERE position = 1")
    ringer = Ringer(sqlite_desk.db, JOURNAL, deciders(PLAYBOOKS))
    heads = doorbell.headers(
        id_=str(given), type_=WriteLogEntry.type_name(), position=1, crisis="k1", concerns=("logbook",)
    )
    raw = type("Message", (), {"topic": "drift.commands", "partition": 0, "offset": 0, "value": SECRET.encode()})()
    stream = _Stream(type("Event", (), {"message": raw, "headers": dict(heads)})())
    await listen(stream, "logbook", ringer)
    assert stream.acknowledged == 1
    told = next(line for line in lines(written) if line["event"] == "quarantined")
    ids = {name: told[name] for name in ("environment", "crisis_id", "message_id", "concern")}
    assert ids == {"environment": "drift", "crisis_id": "k1", "message_id": str(given), "concern": "logbook"}
    assert SECRET not in written.getvalue()


@pytest.mark.parametrize(
    ("path", "ids"),
    [
        ("/krise/drift/strandby-1/log/2", {"environment": "drift", "crisis_id": "strandby-1"}),
        ("/api/v1/environments/oevelse.a/commands/00000000-0000-7000-8000-00000000a001", {"environment": "oevelse.a"}),
        ("/", {}),
        ("/krise", {}),
    ],
)
def test_a_request_is_known_by_the_ids_of_its_path(path: str, ids: dict[str, str]) -> None:
    assert ids_in(path) == ids
