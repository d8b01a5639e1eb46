"""What is published is what the code says, foreign readers can validate with it, and no change breaks them."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
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
from schemas.compatibility import breaks
from schemas.drill_summary import NO_CRISIS, DrillSummary
from schemas.json_schemas import PRIVATE_MARK
from schemas.publish import ASYNC_API, PUBLISHED, differing, documents, incompatible, main, published
from tests.schemas.examples import examples

DOCUMENTS = documents()


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
        Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(stored)
        Draft202012Validator(data).validate(stored["data"])
        with pytest.raises(ValidationError):
            Draft202012Validator(whole).validate({**stored, "type": "dk.ddh.beredskab.another.v1"})
        with pytest.raises(ValidationError):
            Draft202012Validator(whole).validate({k: v for k, v in stored.items() if k != "subject"})


@pytest.mark.parametrize("message", list(CATALOG.values()), ids=lambda cls: cls.short_name())
def test_a_private_text_in_clear_does_not_pass_for_a_stored_message(message: type[Message]) -> None:
    data = DOCUMENTS[f"{message.short_name()}.v1.json"]
    clear = examples(message)[-1].model_dump(mode="json", by_alias=True)
    if PRIVATE_MARK in json.dumps(data):
        with pytest.raises(ValidationError):
            Draft202012Validator(data).validate(clear)
    else:
        Draft202012Validator(data).validate(clear)


def test_messages_for_outside_readers_travel_in_clear() -> None:
    for message in (each for topic in FOR_OUTSIDE.values() for each in topic):
        example = examples(message)[-1]
        clear = {**as_stored(example), "data": example.model_dump(mode="json", by_alias=True)}
        Draft202012Validator(DOCUMENTS[message_file(message, clear=True)]).validate(clear)


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


# -- the drill's summary --------------------------------------------------------------------------


def a_summary(**change: Any) -> dict[str, Any]:
    made = DrillSummary.of(
        (NO_CRISIS.model_copy(update={"crisis_id": "k1", "phase": "deactivated"}),),
        timers_fired=3,
        quarantined=0,
        lost=0,
        doubled=0,
        decisions_sha256="0" * 64,
        seconds=1.5,
    )
    return {**json.loads(made.model_dump_json()), **change}


def test_the_summary_has_the_first_crisis_at_the_top() -> None:
    summary = a_summary()
    Draft202012Validator(DOCUMENTS["drill-summary.v1.json"]).validate(summary)
    assert summary["phase"] == "deactivated"
    assert all(summary[key] == value for key, value in summary["crises"][0].items())


@pytest.mark.parametrize("key", sorted(a_summary()))
def test_every_key_of_the_summary_is_always_there(key: str) -> None:
    check = Draft202012Validator(DOCUMENTS["drill-summary.v1.json"])
    summary = a_summary()
    del summary[key]
    with pytest.raises(ValidationError, match="required property"):
        check.validate(summary)


def test_the_summary_knows_its_phases_and_points() -> None:
    check = Draft202012Validator(DOCUMENTS["drill-summary.v1.json"])
    for change in ({"phase": "over"}, {"lost": -1}, {"decisions_sha256": "x"}, {"log": {"entries": 1}}):
        with pytest.raises(ValidationError):
            check.validate(a_summary(**change))
    check.validate(a_summary(score={"acute": 4, "citizens": 3, "functions": 0, "recommendation": "activate"}))


# -- compatibility --------------------------------------------------------------------------------

OLD = DOCUMENTS["log_entry_recorded.v1.json"]


def changed(change: Callable[[dict[str, Any]], object]) -> list[str]:
    new = copy.deepcopy(OLD)
    change(new)
    return breaks(OLD, new)


def test_what_readers_can_bear_may_change() -> None:
    def add(schema: dict[str, Any]) -> None:
        schema["properties"]["weather"] = {"type": "string", "default": ""}
        schema["properties"]["kind"]["enum"].append("weather")
        schema["description"] = "Said better."
        schema["required"].remove("late")

    assert changed(add) == []
    assert changed(lambda s: s["properties"].update(number={"type": "integer", "minimum": 1})) != []
    assert breaks({"type": "string", "maxLength": 5}, {"type": "string", "maxLength": 6}) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda s: s["properties"].pop("number"), r"\$.number: field removed"),
        (lambda s: s["properties"].update(number={"type": "string"}), r"\$.number: type changed from integer"),
        (lambda s: s["properties"].update(number={"anyOf": [{"type": "integer"}, {"type": "null"}]}), "is new"),
        (lambda s: s["properties"].update(due_at={"type": "string", "format": "date-time"}), "no longer possible"),
        (lambda s: s["required"].append("channel"), r"\$.channel: field is required now"),
        (lambda s: s["properties"]["kind"]["enum"].remove("press"), r"\$.kind: value removed: press"),
        (lambda s: s["properties"]["channel"].update(maxLength=10), "maxLength is tighter"),
        (lambda s: s["properties"]["text"].pop(PRIVATE_MARK), f"{PRIVATE_MARK} changed"),
        (lambda s: s["properties"]["channel"].update({PRIVATE_MARK: "personal"}), f"{PRIVATE_MARK} changed"),
        (lambda s: s["properties"]["happened_at"].update(format="date"), "format changed"),
    ],
)
def test_what_breaks_a_reader_is_found_and_named(change: Callable[[dict[str, Any]], object], says: str) -> None:
    import re

    found = changed(change)
    assert any(re.search(says, each) for each in found), found


def test_breaks_inside_shared_definitions_and_lists_are_found() -> None:
    old = DOCUMENTS["report_incident.v1.json"]
    new = copy.deepcopy(old)
    del new["$defs"]["SteeringMember"]["properties"]["on_duty"]
    assert any("steering_group.items.on_duty: field removed" in each for each in breaks(old, new))


def test_publishing_refuses_a_break_and_touches_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "published"
    shutil.copytree(PUBLISHED, folder)
    assert main(["--check"], folder) == 0
    file = folder / "log_closed.v1.json"
    there = json.loads(file.read_text())
    there["properties"]["by"] = {"type": "string"}
    file.write_text(json.dumps(there))
    before = file.read_bytes()
    assert main([], folder) == 1
    assert main(["--check"], folder) == 1
    assert file.read_bytes() == before
    assert "log_closed.v1.json: $.by: field removed" in capsys.readouterr().err
    assert main(["--break"], folder) == 0
    assert main(["--check"], folder) == 0


def test_a_message_that_is_gone_is_a_break_unless_a_later_version_is_there() -> None:
    old = published()
    without = {file: schema for file, schema in DOCUMENTS.items() if file != "log_closed.v1.json"}
    assert incompatible(without, old) == ["log_closed.v1.json: is not made any more"]
    assert incompatible({**without, "log_closed.v2.json": OLD}, old) == []
