"""Bemanding in the browser: who is asked answers in one press, roles are filled and left, the plan shows its holes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from ddh_beredskab.drills.recording_model import RecordedInput
from ddh_beredskab.projections.documents import document
from ddh_beredskab.projections.roster import ROSTER
from tests.web.engine import Desk, desk

CALL_OUT = "oevelse.indkaldt"
NIGHT = "oevelse.surge"
"""The surge at 02.25."""


def _first(name: str) -> Callable[[RecordedInput], bool]:
    """Up to, not with, the first command of that name."""
    return lambda given: type(given.payload).__name__ == name


CALLED_OUT = _first("AnswerRoleOffer")


def path_of(site: Desk) -> str:
    return f"/krise/{site.stage.environment}/{site.stage.crisis}"


def _role(site: Desk, role: str) -> dict[str, Any]:
    roster: dict[str, Any] = site.stage.read(lambda conn: document(conn, ROSTER, site.stage.crisis))
    return roster["roles"][role]


async def page_of(client: httpx.AsyncClient, address: str) -> str:
    answer = await client.get(address)
    assert answer.status_code == 200, answer.text
    return answer.text.replace("\u00a0", " ")


async def sent(client: httpx.AsyncClient, address: str, **fields: str) -> str:
    """The page one comes to."""
    answer = await client.post(address, data=fields)
    assert answer.status_code == 303, answer.text
    return await page_of(client, answer.headers["location"])


async def test_whoever_is_asked_comes_with_one_press(tmp_path: Path) -> None:
    async with desk(tmp_path, environment=CALL_OUT, play=True, until=CALLED_OUT) as site:
        asta, path = await site.be("asta-klitvang"), path_of(site)
        page = await page_of(asta, f"{path}/stab")
        assert page.index("Du er spurgt: Kan du være kriseleder?") < page.index("Hvem kommer?")
        page = await sent(asta, f"{path}/stab/svar", role="crisis_leader", answer="coming")
        assert _role(site, "crisis_leader")["holder"]["person"] == "asta-klitvang"
        assert "Du er spurgt" not in page
        assert "Overdrag rollen som kriseleder" in page


async def test_late_says_when_and_cannot_asks_the_next(tmp_path: Path) -> None:
    async with desk(tmp_path, environment=CALL_OUT, play=True, until=CALLED_OUT) as site:
        jonas, kasper, path = await site.be("jonas-tangmark"), await site.be("kasper-pynten"), path_of(site)
        unsaid = await jonas.post(f"{path}/stab/svar", data={"role": "log_keeper", "answer": "late", "note": "I bilen"})
        assert unsaid.status_code == 422
        assert "Skriv, hvornår du kan være der." in unsaid.text
        assert "I bilen" in unsaid.text
        page = await sent(jonas, f"{path}/stab/svar", role="log_keeper", answer="late", delay="30")
        assert "ventes kl." in page
        page = await sent(kasper, f"{path}/stab/svar", role="process_lead", answer="cannot", note="Er i Spanien")
        assert "Du har svaret: Kan ikke." in page
        assert "Mette Skagerhus er spurgt" in page
        assert "Er i Spanien" in await page_of(await site.be("rikke-klitroe"), f"{path}/stab")
        assert "Er i Spanien" not in await page_of(await site.be("else-kornvang"), f"{path}/stab")


async def test_a_late_yes_still_counts_while_the_role_is_open(tmp_path: Path) -> None:
    async with desk(tmp_path, environment=CALL_OUT, play=True, until=CALLED_OUT) as site:
        kasper, path = await site.be("kasper-pynten"), path_of(site)
        await sent(kasper, f"{path}/stab/svar", role="process_lead", answer="cannot")
        await sent(kasper, f"{path}/stab/svar", role="process_lead", answer="coming")
        assert _role(site, "process_lead")["holder"]["person"] == "kasper-pynten"


async def test_nobody_answers_for_others_but_those_at_the_phone(tmp_path: Path) -> None:
    async with desk(tmp_path, environment=CALL_OUT, play=True, until=CALLED_OUT) as site:
        path = path_of(site)
        said = {"role": "process_lead", "answer": "coming", "on_behalf_of": "kasper-pynten"}
        mona = await site.be("mona-baeklund")
        assert (await mona.post(f"{path}/stab/svar", data=said)).status_code == 409
        assert _role(site, "process_lead")["holder"] is None
        rikke = await site.be("rikke-klitroe")
        assert "Skriv et svar fra telefonen" in await page_of(rikke, f"{path}/stab?rolle=process_lead")
        await sent(rikke, f"{path}/stab/svar", **said)
        assert _role(site, "process_lead")["holder"]["person"] == "kasper-pynten"


async def test_a_deputy_who_keeps_the_log_writes_for_others_too(tmp_path: Path) -> None:
    async with desk(tmp_path, environment=CALL_OUT, play=True, until=CALLED_OUT) as site:
        jonas, eva, path = await site.be("jonas-tangmark"), await site.be("eva-muslinghoej"), path_of(site)
        await sent(jonas, f"{path}/stab/svar", role="log_keeper", answer="cannot")
        await sent(eva, f"{path}/stab/svar", role="log_keeper", answer="coming")
        assert _role(site, "log_keeper")["holder"]["deputy"]
        said = {"role": "process_lead", "answer": "coming", "on_behalf_of": "kasper-pynten"}
        await sent(eva, f"{path}/stab/svar", **said)
        assert _role(site, "process_lead")["holder"]["person"] == "kasper-pynten"


async def test_a_role_is_handed_over_with_a_note_and_then_one_rests(night_copy: Path) -> None:
    async with desk(night_copy, environment=NIGHT) as site:
        asta, path = await site.be("asta-klitvang"), path_of(site)
        page = await page_of(asta, f"{path}/stab?rolle=crisis_leader")
        assert "Overleveringsnotat" in page
        form = {"role": "crisis_leader", "to": "signe-havtorn", "note": "", "overlap_minutes": "30"}
        bare = await asta.post(f"{path}/stab/overdrag", data=form)
        assert bare.status_code == 422
        assert "Du mangler at udfylde feltet." in bare.text
        assert 'value="signe-havtorn" selected' in bare.text
        page = await sent(asta, f"{path}/stab/overdrag", **form | {"note": "Pumperne ved havnen er bestilt."})
        assert _role(site, "crisis_leader")["holder"]["person"] == "signe-havtorn"
        assert "Du har hvileperiode til" in page
        # Who rests is put in a role only by whoever says "although", with the reason.
        signe = await site.be("signe-havtorn")
        form = {"role": "process_lead", "person": "asta-klitvang", "reason": "Mette skal hjem"}
        asked = await signe.post(f"{path}/stab/saet-paa", data=form)
        assert asked.status_code == 422
        assert "Asta Klitvang har hvileperiode." in asked.text
        assert "Alligevel, selv om personen får for lidt hvile" in asked.text
        assert _role(site, "process_lead")["holder"]["person"] == "mette-skagerhus"
        await sent(signe, f"{path}/stab/saet-paa", **form, although_resting="on")
        assert _role(site, "process_lead")["holder"]["person"] == "asta-klitvang"


async def test_what_one_may_not_do_stands_there_with_the_reason(night_copy: Path) -> None:
    async with desk(night_copy, environment=NIGHT) as site:
        path = path_of(site)
        jonas = await site.be("jonas-tangmark")
        page = await page_of(jonas, f"{path}/stab?rolle=process_lead")
        assert 'name="reason"' not in page
        refused = {"role": "process_lead", "person": "kasper-pynten", "reason": "x"}
        assert (await jonas.post(f"{path}/stab/saet-paa", data=refused)).status_code == 403
        lone = await site.be("lone-tangholt")  # the steering group, while there is a crisis leader
        page = await page_of(lone, f"{path}/stab?rolle=process_lead")
        assert 'aria-disabled="true">Sæt på rollen' in page
        assert 'name="reason"' not in page


async def test_the_relief_plan_shows_its_holes_and_takes_lines_on_and_off(night_copy: Path) -> None:
    async with desk(night_copy, environment=NIGHT) as site:
        dorte, path = await site.be("dorte-vibeholm"), path_of(site)
        page = await page_of(dorte, f"{path}/stab")
        assert "Det første: lokal leder fra kl. 12.22." in page
        form = {"role": "crisis_leader", "person": "signe-havtorn", "note": "", "begins_at": "2023-10-21T12:00"}
        long = await dorte.post(f"{path}/stab/afloesning", data=form | {"ends_at": "2023-10-22T12:00"})
        assert long.status_code == 409
        page = await sent(dorte, f"{path}/stab/afloesning", **form, ends_at="2023-10-21T23:30")
        assert "Signe Havtorn fra kl. 12.00 til kl. 23.30." in page
        assert "Ingen fra kl. 23.30 til" in page
        tight = form | {"begins_at": "2023-10-22T06:00", "ends_at": "2023-10-22T12:00"}
        asked = await dorte.post(f"{path}/stab/afloesning", data=tight)
        assert asked.status_code == 422
        assert "11 timers hvile" in asked.text
        signe = await site.be("signe-havtorn")
        assert "Du er på afløsningsplanen som kriseleder: kl. 12.00 til kl. 23.30." in await page_of(
            signe, f"{path}/stab"
        )
        asta = await site.be("asta-klitvang")
        assert "Signe Havtorn skal efter planen afløse dig kl. 12.00." in await page_of(asta, f"{path}/stab")
        page = await sent(dorte, f"{path}/stab/afloesning/aflys", number="1", note="Syg")
        assert "Signe Havtorn fra kl. 12.00" not in page


async def test_bodies_are_shown_as_bodies_and_outsiders_see_no_answers(night_copy: Path) -> None:
    async with desk(night_copy, environment=NIGHT) as site:
        path = path_of(site)
        page = await page_of(await site.be("else-kornvang"), f"{path}/stab")
        assert "Strategisk kriseledelse" in page
        assert "De sidder ikke i krisestaben." in page
        assert "spurgt kl." in page
        assert "Bemand rollen" not in page
        page = await page_of(await site.be("mona-baeklund"), f"{path}/stab")
        assert "Asta Klitvang" in page
        assert "spurgt kl." not in page
        english = await page_of(await site.be("else-kornvang"), f"{path}/stab?lang=en")
        assert "Who comes" in english or "Who is coming" in english


async def test_before_the_call_out_the_page_says_when_it_comes(tmp_path: Path) -> None:
    async with desk(tmp_path, environment=CALL_OUT, play=True, until=_first("ProposeDecision")) as site:
        rikke, path = await site.be("rikke-klitroe"), path_of(site)
        page = await page_of(rikke, f"{path}/stab?rolle=log_keeper")
        assert "Krisestaben indkaldes, når DDH Beredskab er aktiveret." in page
        assert "Næste på listen: Jonas Tangmark" in page
        assert "Afløsningsplan" not in page
        assert "Aktionslisten åbner, når krisestaben er indkaldt." in await page_of(rikke, f"{path}/opgaver")
        assert 'aria-disabled="true">Skriv på listen' in await page_of(rikke, f"{path}/kontakter")


async def test_when_the_staff_has_stood_down_nothing_can_be_pressed(end_data: Path, tmp_path: Path) -> None:
    shutil.copytree(end_data, tmp_path, dirs_exist_ok=True)
    async with desk(tmp_path, environment=NIGHT) as site:
        signe, path = await site.be("signe-havtorn"), path_of(site)
        page = await page_of(signe, f"{path}/stab")
        assert "Staben er opløst" in page
        assert "Sidst: Signe Havtorn" in page
        for person in ("signe-havtorn", "asta-klitvang", "rikke-klitroe"):
            client = await site.be(person)
            for address in ("stab", "opgaver", "kontakter"):
                answer = await client.get(f"{path}/{address}")
                assert f'action="{path}/' not in answer.text, (person, address)
