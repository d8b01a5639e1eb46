"""No private text of any message is ever stored in clear, and every one comes back until it is erased."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from schemas.base import Message
from schemas.catalog import CATALOG, parse
from schemas.commitments import ERASED, PREFIX, commit, commitment, commitments_in, map_private, reveal
from schemas.json_schemas import PRIVATE_MARK
from schemas.logbook import WriteLogEntry
from tests.schemas.examples import AT, PRIVATE_WORD, examples

EVERY = pytest.mark.parametrize("message", list(CATALOG.values()), ids=lambda cls: cls.short_name())


def salts() -> Iterator[str]:
    return (f"{n:032x}" for n in count(1))


def committed(message: Message) -> tuple[dict[str, Any], dict[str, str]]:
    fresh = salts()
    data, taken = commit(message, lambda: next(fresh))
    return data, {each.commitment: each.value for each in taken}


@EVERY
def test_no_private_text_is_left_in_clear(message: type[Message]) -> None:
    for example in examples(message):
        data, values = committed(example)
        assert PRIVATE_WORD not in json.dumps(data)
        inside = json.dumps(example.model_dump(mode="json", by_alias=True)).count(f'"{PRIVATE_WORD} ')
        assert len(values) == inside
        assert set(commitments_in(data)) == set(values)


@EVERY
def test_the_schema_and_the_commitments_mark_the_same_classes(message: type[Message]) -> None:
    _, values = committed(examples(message)[-1])
    assert bool(values) == (PRIVATE_MARK in json.dumps(message.model_json_schema()))


@EVERY
def test_what_was_committed_comes_back_as_it_was(message: type[Message]) -> None:
    for example in examples(message):
        data, values = committed(example)
        assert parse(message.type_name(), reveal(json.loads(json.dumps(data)), values)) == example


@EVERY
def test_what_was_erased_reads_erased_and_the_message_still_parses(message: type[Message]) -> None:
    data, values = committed(examples(message)[-1])
    read = parse(message.type_name(), reveal(data, {}))
    assert json.dumps(read.model_dump(mode="json", by_alias=True)).count(ERASED) == len(values)


@EVERY
def test_every_private_text_can_be_struck_through(message: type[Message]) -> None:
    example = examples(message)[-1]
    seen: list[str] = []

    def strike(value: str, kind: str) -> str:
        assert kind in ("free_text", "personal")
        seen.append(value)
        return value.replace(PRIVATE_WORD, "█")

    struck = map_private(example, strike)
    assert PRIVATE_WORD not in struck.model_dump_json()
    assert len([each for each in seen if each]) == len(committed(example)[1])


def test_the_same_text_twice_gives_two_commitments_that_tell_nothing() -> None:
    message = WriteLogEntry(kind="press", text="ens", to="ens", happened_at=AT)
    data, values = committed(message)
    assert len(values) == 2
    assert data["text"] != data["to"]
    assert data["text"] == commitment(f"{1:032x}", "ens") or data["to"] == commitment(f"{1:032x}", "ens")


def test_the_sender_of_an_entry_is_private_though_its_field_has_another_name() -> None:
    data, values = committed(WriteLogEntry.model_validate({**_entry(), "from": "Borgmester Iben Å (fiktiv)"}))
    assert data["from"].startswith(PREFIX)
    assert "Borgmester Iben Å (fiktiv)" in values.values()


def _entry() -> dict[str, Any]:
    return {"kind": "press", "text": "Vi svarer kl. 8", "happened_at": AT}
