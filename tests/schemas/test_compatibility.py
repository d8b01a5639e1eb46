"""No change breaks stored messages or foreign readers: what may change passes, what may not is named with its place."""

from __future__ import annotations

import copy
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from schemas.compatibility import breaks
from schemas.json_schemas import PRIVATE_MARK
from schemas.publish import PUBLISHED, documents, incompatible, main, published

Schema = dict[str, Any]
Change = Callable[[Schema], object]

DOCUMENTS = documents()
OLD = DOCUMENTS["log_entry_recorded.v1.json"]


def changed(change: Change) -> list[str]:
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


PLANTED: list[tuple[Change, str]] = [
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
]


@pytest.mark.parametrize(("change", "says"), PLANTED)
def test_what_breaks_a_reader_is_found_and_named(change: Change, says: str) -> None:
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
