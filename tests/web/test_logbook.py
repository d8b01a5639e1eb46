"""The log as one writes, corrects, pins, files and searches it, with and without a script."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.web.engine import Desk, desk
from tests.web.test_pages import text_of

JSON = {"accept": "application/json"}


@pytest.fixture
async def site(night_copy: Path) -> AsyncIterator[Desk]:
    """The surge at night, with somebody who decides."""
    async with desk(night_copy, environment="oevelse.surge") as site:
        yield site


def log(site: Desk) -> str:
    return f"/krise/oevelse.surge/{site.stage.crisis}/log"


async def newest(client: httpx.AsyncClient, site: Desk) -> int:
    text = text_of(await client.get(log(site)))
    return int(text.split("Krisens log, nr. ")[1].split(" til ")[1].split(" ")[0])


async def test_a_line_is_written_and_the_next_has_the_same_kind_but_nobody_cries_wolf_by_habit(site: Desk) -> None:
    jonas = await site.be("jonas-tangmark")
    told = await jonas.post(log(site), data={"kind": "press", "text": "TV spørger."}, headers=JSON)
    assert told.json()["status"] == "decided"
    for kind, chosen in (("action", "action"), ("urgent", "information_in")):
        answer = await jonas.post(log(site), data={"kind": kind, "text": f"Noget er sket: {kind}"})
        page = (await jonas.get(answer.headers["location"])).text
        assert f'value="{chosen}" accesskey="{5 if chosen == "action" else 1}" checked' in page
        assert f"Noget er sket: {kind}" in page


async def test_what_was_left_out_on_purpose_needs_its_reason_at_its_field(site: Desk) -> None:
    jonas = await site.be("jonas-tangmark")
    form = {"kind": "omission", "text": "Vi ringer ikke rundt."}
    told = await jonas.post(log(site), data=form, headers=JSON)
    assert [m["field"] for m in told.json()["mistakes"]] == ["reason"]
    page = await jonas.post(log(site), data=form)
    assert page.status_code == 422
    assert 'href="#log-reason"' in page.text
    assert "Vi ringer ikke rundt." in page.text
    assert (await jonas.post(log(site), data=form | {"reason": "Ingen har tid."})).status_code == 303


async def test_what_waited_for_the_line_keeps_the_time_at_which_it_was_written(site: Desk) -> None:
    jonas = await site.be("jonas-tangmark")
    form = {"kind": "action", "text": "Skrevet uden net.", "happened_at": "2023-10-21T00:05:30.000Z"}
    await jonas.post(log(site), data=form, headers=JSON)
    found = text_of(await jonas.get(log(site), params={"ord": "uden net"}))
    assert "Hændte 21.10. 02:05 Skrevet 02:25 efterført" in found


async def test_paper_keeps_its_number_and_counts_once(site: Desk) -> None:
    jonas = await site.be("jonas-tangmark")
    form = {"kind": "action", "text": "Fra papiret.", "paper_number": "P9-1", "happened_at": "2023-10-21T01:05"}
    assert (await jonas.post(log(site), data=form)).status_code == 303
    assert "Papir P9-1" in text_of(await jonas.get(log(site), params={"ord": "P9-1"}))
    again = await jonas.post(log(site), data=form, headers=JSON)
    assert again.json()["status"] == "refused"


async def test_a_correction_strikes_the_old_text_through_and_both_point_at_each_other(site: Desk) -> None:
    jonas = await site.be("jonas-tangmark")
    await jonas.post(log(site), data={"kind": "action", "text": "Vandet står 2 meter."})
    number = await newest(jonas, site)
    page = text_of(await jonas.get(f"{log(site)}/nr/{number}"))
    assert "Skriv en rettelse" in page
    form = {"number": str(number), "text": "Vandet står 1 meter.", "visibility": "staff"}
    wrong = await jonas.post(f"{log(site)}/ret", data=form)
    assert wrong.status_code == 422
    assert "Vandet står 1 meter." in wrong.text
    assert (await jonas.post(f"{log(site)}/ret", data=form | {"reason": "Læst forkert."})).status_code == 303
    old = (await jonas.get(f"{log(site)}/nr/{number}")).text
    assert "<del>Vandet står 2 meter.</del>" in old
    assert f"Rettet i nr. {number + 1}" in old
    assert "Vandet står 1 meter." in old


async def test_a_pinned_line_stands_on_top_until_it_is_let_go(site: Desk) -> None:
    jonas = await site.be("jonas-tangmark")
    page = f"/krise/oevelse.surge/{site.stage.crisis}"
    for pinned, there in (("on", True), ("", False)):
        answer = await jonas.post(f"{log(site)}/fastgoer", data={"number": "3", "pinned": pinned})
        assert answer.status_code == 303
        assert ('class="pinned"' in (await jonas.get(page)).text) is there
    pinned_only = text_of(await jonas.get(log(site), params={"fastgjort": "1"}))
    assert "Vi fandt ingen indførsler." in pinned_only


async def test_a_range_is_filed_under_its_case_number(site: Desk) -> None:
    rikke = await site.be("rikke-klitroe")
    form = {"first": "2", "last": "4", "case_number": "2023-1701"}
    assert (await rikke.post(f"{log(site)}/journaliser", data=form)).status_code == 303
    for number in (2, 4):
        assert "Journaliseret: 2023-1701" in text_of(await rikke.get(f"{log(site)}/nr/{number}"))
    backwards = await rikke.post(f"{log(site)}/journaliser", data=form | {"first": "9"})
    assert backwards.status_code == 409


async def test_the_search_finds_by_word_kind_person_and_time_and_goes_on_where_it_stopped(site: Desk) -> None:
    jonas = await site.be("jonas-tangmark")

    async def found(**asked: str) -> str:
        return text_of(await jonas.get(log(site), params=asked))

    assert "Watertuben" in await found(ord="watertuben havnen")
    assert "Vi fandt ingen indførsler." in await found(ord="findesslet ikke")
    omissions = await found(slags="omission")
    assert "Undladelse Hændte" in omissions
    assert "Handling Hændte" not in omissions
    assert "Line Østersand, kommunikationsansvarlig" in await found(hvem="line-oestersand")
    early = await found(fra="2023-10-19T08:00", til="2023-10-19T09:00")
    assert "Nr. 1 " in early
    assert "21.10." not in early
    assert "Skriv tiden sådan" in await found(fra="i går")
    page = await jonas.get(log(site), params={"fra": "2023-10-19T00:00"})
    assert "De 50 nyeste, der passer" in text_of(page)
    numbers = [int(number) for number in re.findall(r'data-number="(\d+)"', page.text)]
    more = re.findall(r'href="([^"]+)">Vis flere', page.text)[0].replace("&amp;", "&")
    later = re.findall(r'data-number="(\d+)"', (await jonas.get(more)).text)
    assert int(later[0]) == numbers[-1] - 1


async def test_who_may_not_see_a_line_finds_it_nowhere(site: Desk) -> None:
    jonas, mona = await site.be("jonas-tangmark"), await site.be("mona-baeklund")
    await jonas.post(log(site), data={"kind": "action", "text": "Kun for staben."})
    number = await newest(jonas, site)
    await jonas.post(f"{log(site)}/fastgoer", data={"number": str(number), "pinned": "on"})
    assert (await mona.get(f"{log(site)}/nr/{number}")).status_code == 404
    assert "Kun for staben." not in (await mona.get(log(site), params={"ord": "staben"})).text
    page = (await mona.get(f"/krise/oevelse.surge/{site.stage.crisis}")).text
    assert "Kun for staben." not in page
    assert 'id="log-form"' not in page
    assert (await mona.post(f"{log(site)}/fastgoer", data={"number": "1", "pinned": "on"})).status_code == 403


@pytest.mark.parametrize("path", ["nr/0", "nr/99999", "nr/x", "nr/" + "9" * 30, "0", "x"])
async def test_a_line_that_is_not_there_is_a_plain_page(site: Desk, path: str) -> None:
    jonas = await site.be("jonas-tangmark")
    answer = await jonas.get(f"{log(site)}/{path}")
    assert answer.status_code == 404
    assert "Vi kan ikke finde siden" in answer.text
