"""The desks' stream: a version comes to every desk as the same bytes, and a desk that has it is left in peace."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from ddh_beredskab.web.desk_marked import shown
from ddh_beredskab.web.desk_search import stem
from ddh_beredskab.web.desk_views import in_lines
from ddh_beredskab.web.word_diff import word_diff
from schemas.guides import ReleaseGuide
from tests.projections.stage import Stage, commands_only, storm_surge
from tests.web.site import Stream, application


@pytest.fixture
def activated(tmp_path: Path) -> Stage:
    """The surge without its questions, up to the first gated version."""
    stage = Stage(tmp_path / "oevelse" / "vagt" / "journal.db", "oevelse.vagt", commands_only(storm_surge()))
    release(stage)
    return stage


@pytest.fixture
async def app(activated: Stage) -> AsyncIterator[FastAPI]:
    app = application(Path(activated.database.path).parents[2])
    async with app.router.lifespan_context(app):
        yield app


def release(stage: Stage) -> None:
    """Play on until another version is in force."""
    stage.play(lambda given: isinstance(given.payload, ReleaseGuide))
    given = stage.recording.inputs[stage._next]  # pyright: ignore[reportPrivateUsage]
    stage._next += 1  # pyright: ignore[reportPrivateUsage]
    stage.take(given)


def guides(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [event["data"] for event in events if event["event"] == "fragment"]


async def test_a_new_version_comes_with_its_number_and_what_changed_and_is_the_same_for_all(
    app: FastAPI, activated: Stage
) -> None:
    desks = [Stream(app, "topic=vagt/oevelse.vagt@0") for _ in range(3)]
    for desk in desks:
        first = guides(await desk.quiet())
        assert [guide["version"] for guide in first] == [1]
    release(activated)
    came = [await desk.until(lambda event: event["event"] == "fragment") for desk in desks]
    for event in came:
        data = event["data"]
        assert (data["version"], data["since"], data["crisis"]) == (2, 1, activated.crisis)
        assert "<ins>" in data["changes"]
        assert "Version 2" in data["html"]
        assert data == came[0]["data"]
    for desk in desks:
        await desk.leave()


async def test_a_desk_that_has_what_is_shown_gets_only_the_time(app: FastAPI, activated: Stage) -> None:
    environment = app.state.environments.get(activated.environment)
    stamp = (await app.state.hub.desk(environment, "da").show()).stamp
    desk = Stream(app, f"topic=vagt/{activated.environment}@{stamp}")
    assert guides(await desk.quiet()) == []
    await desk.leave()
    nowhere = Stream(app, "topic=vagt/findes-ikke@0")
    assert guides([event for event in [await nowhere.next()] if event]) == []
    await nowhere.leave()


def test_what_is_new_is_marked_line_by_line_and_what_went_is_left_out() -> None:
    pieces = word_diff("Bliv hjemme.\nRing 112 ved fare.", "Bliv hjemme.\nRing straks 112 ved fare.\nLuk vinduer.")
    lines = ["".join(text for _, text in line) for line in in_lines(pieces)]
    assert lines == ["Bliv hjemme.", "Ring straks 112 ved fare.", "Luk vinduer."]
    assert [change for change, _ in in_lines(pieces)[0]] == ["same"]
    assert any(change == "new" for change, _ in in_lines(pieces)[2])


@pytest.mark.parametrize(
    ("some", "other"),
    [
        ("strømmen", "strøm"), ("sandsækkene", "sandsække"), ("evakueringerne", "evakuering"), ("dyrene", "dyr"),
        ("vejene", "vej"), ("forsikringer", "forsikring"), ("husene", "hus"), ("kloakkens", "kloak"),
    ],
)  # fmt: skip
def test_a_word_in_another_form_has_the_same_stem(some: str, other: str) -> None:
    assert stem(some) == stem(other)


def test_a_short_word_keeps_enough_to_be_told_from_others() -> None:
    assert [stem(word) for word in ("hus", "is", "øen", "og", "112")] == ["hus", "is", "øen", "og", "112"]


@pytest.mark.parametrize(
    ("before", "after", "is_shown"),
    [
        ("Kog vandet.", "Kog **altid** vandet.", "Kog <ins><strong>altid</strong></ins> vandet."),
        ("- Ring 112\n- Bliv inde", "- Ring 112\n- Luk vinduer\n- Bliv inde", "<ins>Luk vinduer</ins>"),
        ("Se kommunens side.", "Se [siden](https://eksempel.dk) nu.", '<a href="https://eksempel.dk">siden</a>'),
        ("Bliv hjemme.", "Bliv <script>hjemme</script> nu.", "&lt;script&gt;"),
        ("Bliv **hjemme nu** i dag.", "Bliv **hjemme altid** i aften.", "<strong>"),
    ],
)
def test_the_guides_own_marks_stand_and_what_is_new_is_marked_in_them(before: str, after: str, is_shown: str) -> None:
    made = shown(word_diff(before, after))
    assert is_shown in made
    assert "<script" not in made
    for tag in ("ins", "strong", "li", "p"):
        assert made.count(f"<{tag}>") == made.count(f"</{tag}>")
