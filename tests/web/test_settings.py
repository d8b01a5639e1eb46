"""The rules as they are read: every number has a name, a unit and a source, and nothing can be changed here."""

from __future__ import annotations

from pathlib import Path

import pytest

from ddh_beredskab.web.pages.settings import in_words, limit_lines
from ddh_beredskab.web.words import LANGUAGES, Language, Words
from tests.web.engine import desk
from tests.web.site import PLAYBOOKS, RIGHTS


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_limit_has_a_name_and_a_source(language: Language) -> None:
    lines = limit_lines(PLAYBOOKS.limits, Words(language))
    assert [line["key"] for line in lines if line["label"] == line["key"]] == []
    assert [line["key"] for line in lines if not line["source"]] == []


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("relief_due_hours", 10, "10 timer"),
        ("average_wait_minutes", 1, "1 minut"),
        ("receipt_share", 0.95, "95 %"),
        ("tie_goes_to_higher_level", True, "ja"),
        ("round_the_clock_meetings", ("08:30", "15:30"), "08:30, 15:30"),
        ("quorum_at_least", 3, "3"),
        ("night_from", "22:00", "22:00"),
    ],
)
def test_a_value_is_said_with_its_unit(key: str, value: object, said: str) -> None:
    assert in_words(key, value, Words("da")) == said


async def test_the_page_names_file_date_source_and_responsible(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        page = (await (await site.be("mona-baeklund")).get("/indstillinger")).text
        for file in ("limits", "roles", "criteria", "opening_hours", "steps", "agendas", "readiness", "targets"):
            assert f"playbooks/{file}.yaml" in page, file
        assert PLAYBOOKS.limits.responsible in page
        assert "ddh-beredskab playbook check" in page
        assert "Stormflod" in page or "stormflod.yaml" in page
    assert not RIGHTS.knows("POST /indstillinger")


async def test_the_accessibility_statement_is_for_everyone_and_says_that_it_is_a_draft(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        page = await site.client.get("/tilgaengelighed")
        assert page.status_code == 200
        assert "Dette er et udkast" in page.text
        assert 'href="/tilgaengelighed"' in (await site.client.get("/log-ind")).text
