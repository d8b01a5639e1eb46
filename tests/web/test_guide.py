"""The guide at work in the browser: first message, draft, gate, two approvals, release, and what keeps it fresh."""

from __future__ import annotations

from pathlib import Path

from ddh_beredskab.drills.recording_model import RecordedInput
from schemas.guides import ReleaseFirstMessage
from tests.web.engine import Desk, desk
from tests.web.test_pages import nothing_missing, text_of

__all__ = ["nothing_missing"]

ASTA, LINE, BIRGIT, TOBIAS = "asta-klitvang", "line-oestersand", "birgit-vesterklit", "tobias-havrimmel"
QUESTIONS = (
    "what_happened", "latest", "not_known", "citizens_do", "municipality_does", "whom_to_contact", "next_update",
)  # fmt: skip


def path_of(site: Desk) -> str:
    return f"/krise/{site.stage.environment}/{site.stage.crisis}"


def a_draft(based_on: int, **more: str) -> dict[str, str]:
    answers = {f"content.answers.{question}": f"Svar på {question}." for question in QUESTIONS}
    rest = {
        "based_on": str(based_on),
        "content.does_not_answer": "Om skader bliver dækket.\n\n Hvem der ejer diget. ",
        "content.transfer": "Vagthavende, 00 00 90 01, varm",
        "content.duty_number": "00 00 90 01",
        "content.by_topic.dyr": "Hunde i snor.",
        "content.by_topic.evakuering": "",
        "content.next_update_at": "2023-10-21T03:15",
    }
    return {**answers, **rest, **more}


async def test_a_draft_with_a_gap_names_it_as_a_link_and_goes_into_force_with_two_approvals(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        tobias, birgit, line = [await site.be(person) for person in (TOBIAS, BIRGIT, LINE)]
        path = path_of(site)
        form = await tobias.get(f"{path}/guide/kladde")
        assert "Teksten er den, der gælder nu." in form.text
        assert 'name="on_behalf_of"' not in form.text
        gap = a_draft(4, **{"content.answers.citizens_do": ""})
        assert (await tobias.post(f"{path}/guide/kladde", data=gap)).status_code == 303
        page = await birgit.get(f"{path}/guide")
        assert (
            f'href="{path}/guide/kladde#guide/kladde-content.answers.citizens_do">Hvad skal borgerne gøre?' in page.text
        )
        assert "Du mangler at svare på &#34;Hvad skal borgerne gøre?&#34;" in page.text
        assert 'action="' + path + '/guide/fakta"' not in page.text
        refused = await birgit.post(f"{path}/guide/fakta", data={"draft": "5"})
        assert refused.status_code == 409

        whole = a_draft(5, **{"unknown.citizens_do": "on", "content.answers.citizens_do": "gammel tekst"})
        assert (await tobias.post(f"{path}/guide/kladde", data=whole)).status_code == 303
        assert "Det ved vi ikke endnu." in text_of(await birgit.get(f"{path}/guide"))
        not_yet = await line.post(
            f"{path}/guide/frigiv", data={"draft": "6", "reason": "Nyt", "channels": ["contact_centre"]}
        )
        assert not_yet.status_code == 409
        assert "Kommunen har ikke godkendt fakta i kladde 6." in not_yet.text
        assert (await birgit.post(f"{path}/guide/fakta", data={"draft": "6"})).status_code == 303
        assert "Fakta er godkendt af Birgit Vesterklit." in text_of(await line.get(f"{path}/guide"))
        empty = await line.post(f"{path}/guide/frigiv", data={"draft": "6", "reason": ""})
        assert empty.status_code == 422
        release = {
            "draft": "6",
            "reason": "Hunde må komme med.",
            "channels": ["contact_centre", "sms"],
            "closes_gaps": ["dyr"],
        }
        assert (await line.post(f"{path}/guide/frigiv", data=release)).status_code == 303
        version = await line.get(f"{path}/guide/version/4")
        assert "<ins>" in version.text
        assert "Der er sammenlignet med version 3" in text_of(version)
        assert "Det ved vi ikke endnu. Nyt" not in text_of(version)
        live = {"version": "4", "channel": "sms"}
        assert (await line.post(f"{path}/guide/kanal", data=live)).status_code == 303
        text = text_of(await line.get(f"{path}/guide"))
        assert "Sms Ude i kanalen Line Østersand" in text
        assert "Der er ingen kladde på vej." in text
        assert "Version 3" in text


async def test_still_valid_is_one_press_for_the_authority_and_read_aloud_for_the_others(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        tobias, line, path = await site.be(TOBIAS), await site.be(LINE), path_of(site)
        form = {"version": "3", "on_behalf_of": TOBIAS}
        unread = await line.post(f"{path}/guide/gaelder-stadig", data=form)
        assert unread.status_code == 422
        assert "Læs teksten op for den, du taler med" in unread.text
        nobody = await line.post(f"{path}/guide/gaelder-stadig", data={"version": "3", "read_back": "on"})
        assert nobody.status_code == 422
        read = await line.post(f"{path}/guide/gaelder-stadig", data=form | {"read_back": "on"})
        assert read.status_code == 303
        assert "Gælder stadig: bekræftet" in text_of(await tobias.get(f"{path}/guide"))
        assert (await tobias.post(f"{path}/guide/gaelder-stadig", data={"version": "3"})).status_code == 303


async def test_whoever_saves_second_sees_the_first_draft_and_keeps_his_own(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        tobias, birgit, path = await site.be(TOBIAS), await site.be(BIRGIT), path_of(site)
        assert (await tobias.post(f"{path}/guide/kladde", data=a_draft(4))).status_code == 303
        mine = a_draft(4, **{"content.answers.latest": "Vandet falder."})
        clash = await birgit.post(f"{path}/guide/kladde", data=mine)
        assert clash.status_code == 422
        assert "Tobias Havrimmel gemte kladde 5, mens du skrev" in text_of(clash)
        assert "I kladde 5 står der: Svar på latest." in text_of(clash)
        assert ">Vandet falder.</textarea>" in clash.text
        assert 'name="based_on" value="5"' in clash.text
        assert (await birgit.post(f"{path}/guide/kladde", data=mine | {"based_on": "5"})).status_code == 303


async def test_interval_night_recall_and_their_reasons(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        asta, line, path = await site.be(ASTA), await site.be(LINE), path_of(site)
        assert "Det hører til en anden rolle end din." in text_of(await line.get(f"{path}/guide"))
        assert (await line.post(f"{path}/guide/interval", data={"minutes": "30"})).status_code == 403
        assert (await asta.post(f"{path}/guide/interval", data={"minutes": "30"})).status_code == 303
        assert "Guiden opdateres hvert 30. minut" in text_of(await asta.get(f"{path}/guide"))
        recall = {"version": "3", "wrong": "Strandhallen har strøm.", "correction": "Strandhallen er uden strøm."}
        assert (await line.post(f"{path}/guide/tilbagekald", data=recall)).status_code == 303
        text = text_of(await line.get(f"{path}/guide"))
        assert "Det rigtige er: Strandhallen er uden strøm." in text
        assert "Er guiden stadig rigtig?" not in text
        assert "Tilbagekaldt" in text_of(await line.get(f"{path}/guide/version/3"))
        late = {"holds_until": "2023-10-23T12:00", "owner": TOBIAS}
        assert (await line.post(f"{path}/guide/natversion", data=late)).status_code == 409


def _first_message(given: RecordedInput) -> bool:
    return isinstance(given.payload, ReleaseFirstMessage)


async def test_a_first_message_with_a_hole_is_shown_again_and_a_whole_one_is_in_force(tmp_path: Path) -> None:
    async with desk(tmp_path, environment="oevelse.nat", until=_first_message, play=True) as site:
        asta, line, path = await site.be(ASTA), await site.be(LINE), path_of(site)
        page = await asta.get(f"{path}/guide")
        assert "Strandby Kommune er berørt af stormflod." in page.text
        lines = {f"line.{n}": "" for n in range(5)} | {"line.0": "Vandet topper [toppunkt: udfyldes]."}
        again = await asta.post(f"{path}/guide/foerstebesked", data=lines)
        assert again.status_code == 422
        assert "Her mangler noget: [toppunkt: udfyldes]." in again.text
        assert (await asta.post(f"{path}/guide/foerstebesked", data={"line.0": " "})).status_code == 422
        whole = {"line.0": "Vandet stiger.", "line.1": "", "line.2": "Livsfare: 112."}
        assert (await line.post(f"{path}/guide/foerstebesked", data=whole)).status_code == 403
        assert (await asta.post(f"{path}/guide/foerstebesked", data=whole)).status_code == 303
        text = text_of(await asta.get(f"{path}/guide"))
        assert "Vandet stiger. Livsfare: 112." in text
        assert "Frigiv førstebeskeden" not in text
        assert "Vandet stiger." in text_of(await asta.get(f"{path}/guide/version/0"))
        assert (await asta.get(f"{path}/guide/version/7")).status_code == 404
