"""På vagt without a script: what an agent meets at the desk, and what each door takes, twice, broken or from others."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from ddh_beredskab.clock import to_micros
from ddh_beredskab.journal.connection import Conn, Row, Statement
from ddh_beredskab.journal.intake import add_receipts
from tests.web.engine import Desk, desk
from tests.web.test_guide import ASTA, LINE, TOBIAS, a_draft, path_of
from tests.web.test_pages import nothing_missing, text_of

__all__ = ["nothing_missing"]

MONA, TAGE, BIRGIT = "mona-baeklund", "tage-enghave", "birgit-vesterklit"
VAGT = "/vagt/oevelse.surge"
STOP = '<section class="desk-stop alert alert-warning" data-crisis='
"""What stands above the guide until the agent has confirmed it; what the script makes them of has no crisis."""
JSON = {"accept": "application/json"}
_ITEMS = Statement("SELECT * FROM feedback_items WHERE agent = :agent ORDER BY position")
_NAMES = ("position", "id", "crisis", "time", "received_at", "topic", "answered", "resolution", "transferred_to",
          "municipality", "guide_version", "agent", "text", "redacted", "counted_at", "times_received")  # fmt: skip
_RECEIPTS = Statement("SELECT version, municipality, seen_at FROM guide_receipts WHERE agent = :agent ORDER BY version")


def items(site: Desk, agent: str = MONA) -> list[dict[str, Any]]:
    select = ", ".join(_NAMES)
    rows: list[Row] = site.stage.read(lambda conn: conn.all(_selected(select), agent=agent))
    return [dict(zip(_NAMES, row, strict=True)) for row in rows]


def _selected(select: str) -> Statement:
    return Statement(f"SELECT {select} FROM feedback_items WHERE agent = :agent ORDER BY position")


def receipts(site: Desk, agent: str = MONA) -> list[Row]:
    return site.stage.read(lambda conn: conn.all(_RECEIPTS, agent=agent))


def question(site: Desk, **more: Any) -> dict[str, Any]:
    given = {"id": str(uuid4()), "crisis": site.stage.crisis, "version": 3, "topic": "stroem", "answered": "yes"}
    return given | more


async def send(client: httpx.AsyncClient, *questions: Any) -> dict[str, Any]:
    answer = await client.post(f"{VAGT}/spoergsmaal", data={"items": json.dumps(questions)}, headers=JSON)
    assert answer.status_code == 200, answer.text
    return answer.json()


def has_seen(site: Desk, version: int, agent: str = MONA) -> None:
    def job(conn: Conn) -> None:
        add_receipts(conn, site.stage.crisis, version, [(agent, "9002")], site.stage.now)

    site.stage.write(job)


# -- reading --------------------------------------------------------------------------------------


async def test_the_desk_has_the_guide_its_age_the_fixed_lines_and_whom_to_pass_on_to(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        mona = await site.be(MONA)
        there = await mona.get("/vagt")
        assert there.headers["location"] == VAGT  # nothing goes on in the operation
        page = await mona.get(VAGT)
        assert STOP in page.text
        text = text_of(page)
        for words in (
            "ØVELSE", "Livsfare: bed borgeren ringe 112 nu.", "Gælder nu Version 3 Opdateret for 12 min siden",
            "næste kl. 03.13", "Pressen henvises til kommunen (nummeret er ikke oplyst endnu). Svar ikke selv.",
            "Hvad skal borgerne gøre?", "Det svarer DDH ikke på", "Omstilling",
            "Vagtnummer til akut omstilling 00 00 90 01",
            "11 Medicinsk udstyr uden strøm", "Svarede guiden?", "Du har ikke set guiden endnu", "Du er ikke på vagt.",
        ):  # fmt: skip
            assert words in text.replace("\u00a0", " ").replace(" ,", ","), words


async def test_with_no_crisis_the_desk_of_the_operation_says_so(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        mona = await site.be(MONA)
        assert (await mona.get("/vagt")).headers["location"] == "/vagt/drift"
        assert "Ingen kriser i gang" in text_of(await mona.get("/vagt/drift"))
        assert (await mona.get("/vagt/findes-ikke")).status_code == 404


async def test_whoever_saw_an_older_version_meets_what_changed_word_by_word(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        mona = await site.be(MONA)
        has_seen(site, 2)
        page = (await mona.get(VAGT)).text
        stop = page[page.index('class="desk-stop ') : page.index('class="desk-columns')]
        assert "Der er kommet en ny version af guiden." in stop
        assert re.search(r"<ins>.*Vandet stiger ikke længere", stop)
        assert "<del>" in stop
        assert "Hvem kan man kontakte?" not in stop  # that is as it was
        one_more = await mona.get(f"{VAGT}/aendret", params={"krise": site.stage.crisis, "fra": "1"})
        assert len(one_more.text) > 200
        assert "<ins>" in one_more.text
        has_seen(site, 3)
        assert STOP not in (await mona.get(VAGT)).text


async def test_those_who_only_read_are_not_asked_to_confirm_or_to_register(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        asta = await site.be(ASTA)
        page = (await asta.get(VAGT)).text
        assert "Jeg har set det" in page  # in the dialog that never opens
        assert STOP not in page
        assert '<form method="post" action="/vagt' not in page
        for door in ("set", "spoergsmaal"):
            assert (await asta.post(f"{VAGT}/{door}", data={})).status_code == 403


async def test_a_wrong_sentence_taken_back_stands_with_what_is_right_on_top(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        mona, line = await site.be(MONA), await site.be(LINE)
        has_seen(site, 3)
        given = {"version": "3", "wrong": "Kogt i 1 minut", "correction": "Kogt i 2 minutter"}
        assert (await line.post(f"{path_of(site)}/guide/tilbagekald", data=given)).status_code == 303
        page = (await mona.get(VAGT)).text
        guide = page[page.index("data-desk-guide") :]
        assert guide.index("Kogt i 2 minutter") < guide.index("Hvad er der sket?")
        assert "<del>Kogt i 1 minut</del>" in guide


# -- looking for an answer ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "first"),
    [("strømmen", "Strøm"), ("s", "Strøm"), ("evakueringen", "Evakuering"), ("hunde dyret", None), ("dyrene", "Dyr")],
)
async def test_a_search_finds_the_answer_by_its_stem(night_copy: Path, asked: str, first: str | None) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        mona = await site.be(MONA)
        page = (await mona.get(VAGT, params={"q": asked})).text
        results = page[page.index('id="desk-results"') : page.index('id="desk-found"')]
        headings = re.findall(r"<strong>([^<]*)</strong>", results)
        assert (headings[0] if headings else None) == first
        for anchor in re.findall(r'href="#([^"]+)"', results):
            assert f'id="{anchor}"' in page


# -- Jeg har set det ------------------------------------------------------------------------------


async def test_a_receipt_counts_once_with_the_agents_own_municipality(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        mona = await site.be(MONA)
        given = {"crisis": site.stage.crisis, "version": "3", "agent": "en-anden"}
        for _ in range(2):
            assert (await mona.post(f"{VAGT}/set", data=given)).status_code == 303
        told = (await mona.post(f"{VAGT}/set", data=given | {"version": "2", "age": "90"}, headers=JSON)).json()
        assert told == {"status": "seen", "crisis": site.stage.crisis, "version": 2, "in_force": 3}
        rows = receipts(site)
        assert [(row[0], row[1]) for row in rows] == [(2, "9002"), (3, "9002")]


@pytest.mark.parametrize(
    "wrong", [{"version": "9"}, {"version": "x"}, {"crisis": "findes-ikke"}, {"version": "-1"}, {}]
)
async def test_a_receipt_of_what_does_not_exist_is_refused_in_words(night_copy: Path, wrong: dict[str, str]) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        mona = await site.be(MONA)
        given = {"crisis": site.stage.crisis, "version": "3"} | wrong if wrong else {}
        answer = await mona.post(f"{VAGT}/set", data=given)
        assert answer.status_code == 422
        assert "Genindlæs siden." in text_of(answer)
        assert receipts(site) == []


# -- borgernes spørgsmål --------------------------------------------------------------------------


async def test_a_question_is_stored_with_the_version_the_agent_had_and_counted_once(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        mona = await site.be(MONA)
        one = question(site, version=2, answered="no", text="Hvornår kommer strømmen?", age=30, municipality="9001")
        for taken in (1, 0, 0):
            told = await send(mona, one)
            assert (told["new"], told["taken"]) == (taken, [one["id"]])
        row = items(site)[0]
        assert (row["topic"], row["answered"], row["resolution"], row["guide_version"]) == (
            "stroem",
            "no",
            "resolved",
            2,
        )
        assert (row["agent"], row["municipality"], row["times_received"]) == (MONA, "9001", 3)
        for _ in range(100):
            if items(site)[0]["counted_at"] is not None:
                break
            await asyncio.sleep(0.02)
        assert len(items(site)) == 1
        assert items(site)[0]["counted_at"] is not None


async def test_what_names_somebody_is_struck_out_at_the_door_in_every_field(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        mona = await site.be(MONA)
        text = "Min mor, 010190-1234, bor Havnegade 7, ring 20 30 40 50 eller mor@eksempel.dk"
        told = await send(
            mona, question(site, text=text, resolution="transferred", transferred_to="Mor, 20 30 40 50", topic="andet")
        )
        assert told["struck_out"] >= 4
        row = items(site)[0]
        for secret in ("010190", "Havnegade", "20 30 40 50", "eksempel.dk"):
            assert secret not in row["text"] + row["transferred_to"]


async def test_one_broken_question_never_holds_up_the_others(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        mona = await site.be(MONA)
        wrong: list[Any] = [
            question(site, topic="findes-ikke"), question(site, answered="måske"), question(site, crisis="findes-ikke"),
            question(site, text="x" * 301), question(site, age=-5), {"id": "x"}, 7, None, question(site, id="x"),
            question(site, agent="en-anden"),
        ]  # fmt: skip
        told = await send(mona, *wrong, question(site))
        assert len(told["refused"]) == len(wrong)
        assert all(each["sentence"] for each in told["refused"])
        assert told["new"] == 1 == len(items(site))
    for unreadable in ("{", "[[[", '{"a": 1}', json.dumps([1] * 500), "1" * 5000):
        async with desk(night_copy, environment="oevelse.surge") as site:
            mona = await site.be(MONA)
            answer = await mona.post(f"{VAGT}/spoergsmaal", data={"items": unreadable}, headers=JSON)
            assert answer.status_code == 200
            assert answer.json()["refused"]


async def test_without_a_script_the_form_says_what_is_missing_and_then_that_it_is_counted(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        mona = await site.be(MONA)
        given = {
            "id": str(uuid4()),
            "crisis": site.stage.crisis,
            "version": "3",
            "topic": "dyr",
            "text": "Må hunden med?",
        }
        again = await mona.post(f"{VAGT}/spoergsmaal", data=given)
        assert again.status_code == 422
        assert "Vælg, om guiden svarede." in text_of(again)
        assert 'value="Må hunden med?"' in again.text
        assert re.search(r'value="dyr"[^>]* checked', again.text)
        taken = await mona.post(f"{VAGT}/spoergsmaal", data=given | {"answered": "yes", "transferred_to": "Presse"})
        assert taken.status_code == 303
        assert "Spørgsmålet er registreret." in text_of(await mona.get(taken.headers["location"]))
        assert items(site)[0]["transferred_to"] == ""  # it was not passed on


async def test_one_key_counts_an_urgent_transfer_without_anything_else_chosen(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        mona = await site.be(MONA)
        given = {"id": str(uuid4()), "crisis": site.stage.crisis, "version": "3", "urgent": "1"}
        assert (await mona.post(f"{VAGT}/spoergsmaal", data=given)).status_code == 303
        row = items(site)[0]
        assert (row["topic"], row["answered"], row["resolution"]) == ("andet", "partly", "urgent_transfer")


async def test_how_long_ago_is_believed_and_the_senders_clock_is_not(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        mona = await site.be(MONA)
        await send(mona, question(site, age=600))
        row = items(site)[0]
        assert row["time"] == to_micros(site.stage.now)  # this drill's clock stands, and nobody can be late in it


async def test_a_new_version_reaches_the_next_look_and_the_receipt_says_which_is_in_force(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        mona, tobias, line, birgit = [await site.be(person) for person in (MONA, TOBIAS, LINE, BIRGIT)]
        has_seen(site, 3)
        path = path_of(site)
        assert (await tobias.post(f"{path}/guide/kladde", data=a_draft(4))).status_code == 303
        assert (await birgit.post(f"{path}/guide/fakta", data={"draft": "5"})).status_code == 303
        release = {"draft": "5", "reason": "Hunde må komme med.", "channels": ["contact_centre"]}
        assert (await line.post(f"{path}/guide/frigiv", data=release)).status_code == 303
        page = (await mona.get(VAGT)).text
        assert "Der er kommet en ny version af guiden." in page
        assert "Hunde må komme med." in page
        told = (await mona.post(f"{VAGT}/set", data={"crisis": site.stage.crisis, "version": "3"}, headers=JSON)).json()
        assert told["in_force"] == 4


# -- kept for a dropped line ----------------------------------------------------------------------


async def test_the_keeper_of_the_desk_comes_from_under_its_own_path_and_is_always_asked_for_anew(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as site:
        answer = await site.client.get("/vagt/tjeneste.js")
        assert answer.headers["content-type"].startswith("text/javascript")
        assert answer.headers["cache-control"] == "no-cache"
        assert "indexedDB" not in answer.text


async def test_whoever_was_reminded_and_has_not_seen_it_reads_so_at_the_desk(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        mona, dorte = await site.be(MONA), await site.be("dorte-vibeholm")
        assert (await mona.post(f"{VAGT}/begynd", data={})).status_code == 303
        told = await dorte.post(f"{path_of(site)}/guide/mind", data={"version": "3"}, headers=JSON)
        assert told.json()["status"] == "decided", told.text
        assert "Krisestaben mindede om guiden" in text_of(await mona.get(VAGT))
