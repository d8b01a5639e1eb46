"""What is published is what the code says, foreign readers can validate with it, and no change breaks them."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import validator_for

from ddh_beredskab.streams.topics import TOPICS
from schemas.async_api import FOR_OUTSIDE, message_file
from schemas.base import SYSTEM, Message
from schemas.catalog import CATALOG
from schemas.commitments import commit
from schemas.json_schemas import PRIVATE_MARK
from schemas.publish import ASYNC_API, PUBLISHED, differing, documents, incompatible, main, published
from tests.schemas.examples import examples

DOCUMENTS = documents()


def validate(schema: dict[str, Any], instance: Any) -> None:
    """As a foreign reader would, formats included."""
    check = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    check.validate(instance)  # pyright: ignore[reportUnknownMemberType]


def test_the_published_files_are_what_the_code_says() -> None:
    assert differing(DOCUMENTS) == [], "run python -m schemas.publish"
    assert incompatible(DOCUMENTS, published()) == []
    assert main(["--check"]) == 0


def test_nothing_is_published_that_is_not_made() -> None:
    assert set(published()) == set(DOCUMENTS)


@pytest.mark.parametrize("file", sorted(set(DOCUMENTS) - {ASYNC_API}))
def test_every_schema_is_valid_and_all_its_references_lead_somewhere(file: str) -> None:
    schema = DOCUMENTS[file]
    assert validator_for(schema) is Draft202012Validator
    Draft202012Validator.check_schema(schema)
    for ref in _refs(schema):
        _lookup(schema, ref)


def _refs(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []  # pyright: ignore
        return own + [ref for value in node.values() for ref in _refs(value)]  # pyright: ignore
    return [ref for value in node for ref in _refs(value)] if isinstance(node, list) else []  # pyright: ignore


def _lookup(document: Any, ref: str) -> Any:
    assert ref.startswith("#/"), ref
    for part in ref[2:].split("/"):
        document = document[part]
    return document


# -- a foreign reader -----------------------------------------------------------------------------


def as_stored(message: Message) -> dict[str, Any]:
    """The envelope as it stands on a topic."""
    data, _ = commit(message, lambda: "00" * 16)
    at = datetime(2023, 10, 20, 22, 6, tzinfo=UTC).isoformat()
    return json.loads(
        json.dumps(
            {
                "id": str(uuid4()),
                "type": message.type_name(),
                "source": "ddh-beredskab",
                "subject": "k1",
                "time": at,
                "recorded_at": at,
                "stream": None,
                "version": None,
                "correlation_id": str(uuid4()),
                "causation_id": None,
                "actor": SYSTEM.model_dump(mode="json"),
                "environment": "drift",
                "data": data,
            }
        )
    )


@pytest.mark.parametrize("message", list(CATALOG.values()), ids=lambda cls: cls.short_name())
def test_a_foreign_reader_can_validate_every_message_by_its_type(message: type[Message]) -> None:
    whole, data = DOCUMENTS[message_file(message)], DOCUMENTS[f"{message.short_name()}.v1.json"]
    for example in examples(message):
        stored = as_stored(example)
        validate(whole, stored)
        validate(data, stored["data"])
        with pytest.raises(ValidationError):
            validate(whole, {**stored, "type": "dk.ddh.beredskab.another.v1"})
        with pytest.raises(ValidationError):
            validate(whole, {k: v for k, v in stored.items() if k != "subject"})


@pytest.mark.parametrize("message", list(CATALOG.values()), ids=lambda cls: cls.short_name())
def test_a_private_text_in_clear_does_not_pass_for_a_stored_message(message: type[Message]) -> None:
    data = DOCUMENTS[f"{message.short_name()}.v1.json"]
    clear = examples(message)[-1].model_dump(mode="json", by_alias=True)
    if PRIVATE_MARK in json.dumps(data):
        with pytest.raises(ValidationError):
            validate(data, clear)
    else:
        validate(data, clear)


def test_messages_for_outside_readers_travel_in_clear() -> None:
    for message in (each for topic in FOR_OUTSIDE.values() for each in topic):
        example = examples(message)[-1]
        clear = {**as_stored(example), "data": example.model_dump(mode="json", by_alias=True)}
        validate(DOCUMENTS[message_file(message, clear=True)], clear)


# -- AsyncAPI -------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:Field name:UserWarning")
def test_the_asyncapi_document_is_valid_by_somebody_elses_judgement() -> None:
    from asyncapi3.models.asyncapi import AsyncAPI3

    read = AsyncAPI3.model_validate(published()[ASYNC_API])
    assert read.asyncapi == "3.0.0"
    broken = copy.deepcopy(DOCUMENTS[ASYNC_API])
    broken["operations"]["send_events"]["action"] = "shout"
    with pytest.raises(ValueError, match="action"):
        AsyncAPI3.model_validate(broken)


def test_asyncapi_names_every_topic_and_all_its_references_lead_somewhere() -> None:
    document = DOCUMENTS[ASYNC_API]
    assert tuple(document["channels"]) == TOPICS
    for topic, channel in document["channels"].items():
        assert channel["address"] == f"{{prefix}}.{topic}"
    for ref in _refs(document):
        if ref.startswith("./"):
            assert (PUBLISHED / ref).is_file(), ref
        else:
            _lookup(document, ref)


def test_asyncapi_has_every_message_of_the_catalog_once() -> None:
    channels = DOCUMENTS[ASYNC_API]["channels"]
    names = [*channels["commands"]["messages"], *channels["events"]["messages"]]
    assert sorted(names) == sorted(cls.short_name() for cls in CATALOG.values())


def test_asyncapi_says_of_the_relay_what_the_relay_does() -> None:
    from ddh_beredskab.streams.relay import _FOR_OUTSIDE  # pyright: ignore[reportPrivateUsage]

    said = {cls.short_name(): topic for topic, sent in FOR_OUTSIDE.items() for cls in sent}
    assert said == _FOR_OUTSIDE
