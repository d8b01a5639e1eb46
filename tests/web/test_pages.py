"""The pages as they are read without a script: what they say, in which words, to whom, and under which headers."""

from __future__ import annotations

import asyncio
import logging
import re
import shutil
from pathlib import Path

import httpx
import pytest

from ddh_beredskab.journal.database import sqlite_path
from ddh_beredskab.journal.migrate import prepare_sqlite
from ddh_beredskab.web.reading import read_entries
from ddh_beredskab.web.rendering import Setting, names_in, render
from ddh_beredskab.web.topics import ENTRIES
from ddh_beredskab.web.views import log_entry
from tests.projections.stage import Stage, storm_surge
from tests.web.site import browser, logged_in


@pytest.fixture(autouse=True)
def nothing_missing(caplog: pytest.LogCaptureFixture) -> object:
    """No template may name a value that is not there."""
    with caplog.at_level(logging.WARNING, "ddh_beredskab.web.rendering"):
        yield
    assert not [record for record in caplog.records if record.name == "ddh_beredskab.web.rendering"]


async def get(data: Path, path: str, status: int = 200) -> str:
    """The page as the operator sees it, who reads what the staff reads."""
    async with browser(data) as client:
        answer = await client.get(path)
        assert answer.status_code == status, answer.text[:2000]
        return text_of(answer)


def text_of(answer: httpx.Response) -> str:
    """What a reader sees: no tags, one kind of space, no soft hyphens."""
    text = re.sub(r"<(style|script).*?</\1>|<[^>]+>", " ", answer.text, flags=re.S)
    return re.sub(r"\s+", " ", text.replace("\u00ad", "").replace("&#39;", "'").replace("&#34;", '"'))


def crisis_path(stage: Stage) -> str:
    return f"/krise/{stage.environment}/{stage.crisis}"


async def test_an_empty_folder_says_that_there_are_no_crises_yet_and_what_to_do(tmp_path: Path) -> None:
    text = await get(tmp_path, "/")
    assert "Ingen kriser endnu" in text
    assert "ddh-beredskab up --demo" in text


async def test_the_list_names_phase_and_authority_and_marks_the_drill(night_data: Path) -> None:
    text = await get(night_data, "/")
    for words in (
        "I gang",
        "ØVELSE",
        "Foreløbigt aktiveret",
        "Operationsberedskab",
        "Strandby Kommune",
        "Øvelse surge",
    ):
        assert words in text
    assert "lørdag den 21. oktober 2023 kl. 00.20" in text


async def test_a_crisis_shows_its_overview_on_top(surge_at_night: Stage, night_data: Path) -> None:
    text = await get(night_data, crisis_path(surge_at_night))
    for words in (
        "ØVELSE – ØVELSE – ØVELSE",
        "Øvelsens ur: lørdag den 21. oktober 2023 kl. 02.25",
        "Livsfare: bed borgeren ringe 112 nu.",
        "Foreløbigt aktiveret Operationsberedskab",
        "for 2 t 5 min siden",
        "bekræftes senest kl. 09.00",
        "Opkald og ventetid Ikke oplyst",
        "Mål: Alle opkald om evakuering besvares",
        "Version 3",
        "Næste tilbagemelding Kl. 02.50",
        "Næste møde Kl. 02.45",
        "5 af 5 roller dækket",
        "Næste afløsning Fra kl. 10.23 Asta Klitvang",
        "Kommunens situationsbillede",
        "DDH-status Senest kl. 02.30",
        "Åbent til kl. 08.00",
    ):
        assert words in text


async def test_the_fourteen_steps_with_who_and_when(surge_at_night: Stage, night_data: Path) -> None:
    text = await get(night_data, crisis_path(surge_at_night))
    assert re.search(r"\d+ af 14 trin er gjort", text)
    for number in range(1, 15):
        assert f"Trin {number}: " in text
    assert "Gjort kl. 00.35 af Mette Skagerhus" in text


async def test_the_log_shows_the_newest_with_both_times_and_names_instead_of_refs(
    surge_at_night: Stage, night_data: Path
) -> None:
    text = await get(night_data, crisis_path(surge_at_night))
    newest = int(re.search(r"(\d+) indførsler", text)[1])  # type: ignore[index]
    assert f"Nr. {newest} " in text
    assert f"Nr. {newest - ENTRIES + 1} " in text
    assert f"Nr. {newest - ENTRIES} " not in text
    assert re.search(r"Hændte 21\.10\. \d\d:\d\d Skrevet \d\d:\d\d", text)
    assert "@" not in text
    assert "Vis ældre indførsler" in text


async def test_older_pages_of_the_log_show_corrections_struck_through_and_late_entries(
    surge: Stage, end_data: Path
) -> None:
    async with browser(end_data) as client:
        pages = [(await client.get(f"{crisis_path(surge)}/log/{page}")).text for page in (1, 2, 3)]
        assert (await client.get(f"{crisis_path(surge)}/log")).text.count('class="log-entry') > 0
        assert (await client.get(f"{crisis_path(surge)}/log/99")).status_code == 404
    whole = "".join(pages)
    assert re.search(r"<del>[^<]+</del></p>\s*<p class=\"log-note\"><a href=\"#nr-\d+\">Rettet i nr\. \d+", whole)
    for words in ("efterført", "Undladelse", "Retter nr. ", "Kladde 1"):
        assert words in whole


async def test_guide_staff_topics_and_reports(surge_at_night: Stage, night_data: Path) -> None:
    text = await get(night_data, crisis_path(surge_at_night))
    for words in (
        "Gælder nu Version 3",
        "Hvad er der sket?",
        "Det er ændret",
        "Vagtnummer til akut omstilling",
        "Hvem kommer?",
        "Kriseleder afløses fra kl. 10.23 Asta Klitvang",
        "Evakuering",
        "Guiden svarede ikke",
        "2 sendt, 2 modtaget af kommunen",
    ):
        assert words in text, words


async def test_small_counts_and_the_staffs_own_entries_are_for_the_staff_only(
    surge: Stage, end_data: Path, tmp_path: Path
) -> None:
    path, data = crisis_path(surge), tmp_path / "data"
    shutil.copytree(end_data, data)
    prepare_sqlite(sqlite_path(data, "drift"))
    async with browser(data) as client:
        staff = [(await client.get(address)).text for address in (path, f"{path}/log/1")]
        await logged_in(client, data, "mona-baeklund", ("call_agent", "9002"))
        others = [(await client.get(address)).text for address in (path, f"{path}/log/1")]
    for html in staff:
        assert 'log-visible-staff"' in html
    for html in others:
        assert 'log-visible-staff"' not in html
        assert 'log-visible-everyone"' in html
    assert 'data-kind="contact_attempt"' in staff[1]
    assert 'data-kind="contact_attempt"' not in others[1]
    assert "Under 5 - vises ikke" not in staff[0]


async def test_a_closed_crisis_says_how_it_ended(surge: Stage, end_data: Path) -> None:
    text = await get(end_data, crisis_path(surge))
    for words in ("Afsluttet", "Sådan sluttede det", "Guiden gælder ikke længere", "14 af 14 trin er gjort"):
        assert words in text


async def test_the_same_page_in_english_keeps_the_danish_log(surge_at_night: Stage, night_data: Path) -> None:
    async with browser(night_data) as client:
        answer = await client.get(crisis_path(surge_at_night), params={"lang": "en"})
    assert '<html lang="en">' in answer.text
    assert '<p class="log-text" lang="da">' in answer.text
    text = text_of(answer)
    for words in ("Provisionally activated", "confirmed by 09:00", "Crisis log", "Who is coming?", "Happened 21/10"):
        assert words in text
    assert "/?lang=en" in answer.text


async def test_every_moment_of_the_surge_can_be_shown(tmp_path: Path) -> None:
    """The page is asked for after every fortieth input: no phase leaves it without words."""
    stage = Stage(tmp_path / "oevelse" / "hele" / "journal.db", "oevelse.hele", storm_surge())
    commands = [given for given in stage.recording.inputs if given.kind == "command"]
    async with browser(tmp_path) as client:
        for given in commands[3::25]:
            stage.play(given.at)
            answer = await client.get(crisis_path(stage))
            assert answer.status_code == 200, given.place
    stage.database.close_now()


async def test_what_is_not_there_is_a_page_in_plain_danish(night_data: Path) -> None:
    assert "Vi kan ikke finde krisen" in await get(night_data, "/krise/oevelse.surge/findes-ikke", 404)
    assert "Vi kan ikke finde krisen" in await get(night_data, "/krise/drift/x", 404)
    assert "Vi kan ikke finde siden" in await get(night_data, "/findes-ikke", 404)


async def test_nothing_is_written_where_one_reads_and_no_api_page_is_offered(night_data: Path) -> None:
    async with browser(night_data) as client:
        assert (await client.post("/")).status_code == 405
        for path in ("/docs", "/redoc", "/openapi.json"):
            assert (await client.get(path)).status_code == 404


async def test_security_headers_are_on_every_answer(surge_at_night: Stage, night_data: Path) -> None:
    async with browser(night_data) as client:
        for path in ("/", crisis_path(surge_at_night), "/static/live.js", "/findes-ikke", "/health/live"):
            answer = await client.get(path)
            assert answer.headers["content-security-policy"].startswith("default-src 'self'")
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["x-frame-options"] == "DENY"
            assert answer.headers["cache-control"] in ("no-store", "no-cache")


async def test_pages_hold_no_inline_script_or_style_and_nothing_from_elsewhere(
    surge_at_night: Stage, night_data: Path
) -> None:
    async with browser(night_data) as client:
        for path in ("/", crisis_path(surge_at_night)):
            html = (await client.get(path)).text
            assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", html)
            assert re.findall(r"<script[^>]*>", html) == [
                '<script type="module" src="/static/forms.js">',
                '<script type="module" src="/static/theme.js">',
                '<script type="module" src="/static/live.js">',
                *(['<script type="module" src="/static/logbook.js">'] if path != "/" else []),
            ]
            assert not re.search(r"""(?:src|href)="(?:https?:)?//""", html)


async def test_another_sites_name_is_not_answered(night_data: Path) -> None:
    async with browser(night_data) as client:
        assert (await client.get("/", headers={"Host": "ond.example"})).status_code == 400


async def test_text_that_people_wrote_cannot_become_html(surge: Stage) -> None:
    nasty = '<script>alert(1)</script> {{ 7*7 }} "><img src=x onerror=alert(1)>'
    stored = surge.read(lambda conn: read_entries(conn, surge.crisis, 1, 1))[0]
    entry = log_entry(stored | {"text": nasty, "reason": nasty, "source": nasty, "to": nasty}, surge.playbooks)
    html = render("fragments/entry.html", Setting("da", names_in("da", {}), surge.now), entry=entry)
    assert html.count("&lt;script&gt;") == 4
    assert "<script>" not in html
    assert "<img" not in html
    assert "{{ 7*7 }}" in html


async def test_health_says_whether_every_journal_can_be_read(night_data: Path, tmp_path: Path) -> None:
    async with browser(night_data) as client:
        assert (await client.get("/health/live")).text == "ok\n"
        ready = await client.get("/health/ready")
        assert ready.status_code == 200
        assert ready.text.startswith("ready\n")
        assert "oevelse.surge ok rows_behind=0\n" in ready.text
    broken = tmp_path / "drift" / "journal.db"
    broken.parent.mkdir(parents=True)
    broken.write_bytes(b"dette er ikke en journal" * 100)
    async with browser(tmp_path) as client:
        ready = await client.get("/health/ready")
        assert (ready.status_code, ready.text) == (503, "not ready\ndrift unreadable\n")
        assert "Vi kan ikke læse drift lige nu" in text_of(await client.get("/"))


async def test_an_environment_that_appears_later_is_found(tmp_path: Path) -> None:
    async with browser(tmp_path) as client:
        assert "drift" not in (await client.get("/health/ready")).text
        prepare_sqlite(tmp_path / "drift" / "journal.db")
        for _ in range(60):
            if "drift ok" in (await client.get("/health/ready")).text:
                return
            await asyncio.sleep(0.1)
    pytest.fail("the new environment was not found")
