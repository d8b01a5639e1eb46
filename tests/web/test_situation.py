"""The two pictures: the authority's is received in every way it can come, ours is written, compared and approved."""

from __future__ import annotations

from pathlib import Path

import pytest

from ddh_beredskab.web.picture_text import NoText, headings_of, text_of_file
from tests.web.engine import Desk, desk
from tests.web.test_pages import nothing_missing, text_of

__all__ = ["nothing_missing"]

ASTA, JONAS, LINE, BIRGIT = "asta-klitvang", "jonas-tangmark", "line-oestersand", "birgit-vesterklit"


def path_of(site: Desk) -> str:
    return f"/krise/oevelse.surge/{site.stage.crisis}"


async def test_the_authority_sends_its_picture_by_form_and_the_change_is_marked(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        birgit, path = await site.be(BIRGIT), path_of(site)
        form = await birgit.get(f"{path}/situation/billede?fra=sidste")
        assert "Cirka 900 husstande er bedt om at forlade" in form.text
        assert 'name="sender"' not in form.text
        sent = {
            "heading.0": "Borgere",
            "text.0": "Cirka 850 husstande er bedt om at forlade området. 14 er mødt i Strandhallen.",
            "heading.1": "Må ikke siges videre",
            "text.1": "Adressen på botilbuddet.",
            "heading.2": "Havnen",
            "text.2": "Slæbebåden er gået.",
            "heading.3": "Presse",
            "text.3": "",
        }
        answer = await birgit.post(f"{path}/situation/billede", data=sent)
        assert answer.status_code == 303, text_of(answer)
        page = await birgit.get(f"{path}/situation/billede/2")
        assert "<del>" in page.text
        assert "850" in page.text.split("<ins>")[1].split("</ins>")[0]
        text = text_of(page)
        assert "Fra Birgit Vesterklit" in text
        assert "skrevet i skemaet. Modtaget af Jonas Tangmark." in text
        assert "Havnen Nyt" in text
        assert "Presse" not in text
        assert "Sat i gang" not in text, "what is not said this time was not taken back"
        assert "Adressen på botilbuddet." in text
        observer = await site.be("bo-mosegren")
        assert "Adressen på botilbuddet." not in (await observer.get(f"{path}/situation/billede/2")).text
        assert "Adressen på botilbuddet." not in (await observer.get(f"{path}/situation")).text


async def test_a_picture_dictated_by_phone_names_who_said_it_and_who_wrote_it(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        jonas, path = await site.be(JONAS), path_of(site)
        assert "Birgit Vesterklit (lokal leder" in (await jonas.get(f"{path}/situation/billede")).text
        sent = {"sender": BIRGIT, "by": "phone", "heading.0": "Borgere", "text.0": "31 i Strandhallen."}
        assert (await jonas.post(f"{path}/situation/billede", data=sent)).status_code == 303
        text = text_of(await jonas.get(f"{path}/situation"))
        assert "læst op i telefonen. Modtaget af Jonas Tangmark." in text
        nobody = await jonas.post(f"{path}/situation/billede", data=sent | {"sender": ""})
        assert nobody.status_code == 422
        assert "31 i Strandhallen." in nobody.text
        empty = await jonas.post(
            f"{path}/situation/billede", data={"sender": BIRGIT, "heading.0": "Borgere", "text.0": ""}
        )
        assert "Skriv mindst ét sted" in empty.text


async def test_a_text_file_becomes_headings_and_anything_else_is_refused_in_plain_words(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        birgit, path = await site.be(BIRGIT), path_of(site)
        content = "Område: Havnen\r\n\r\nBorgere:\r\n31 i Strandhallen på Skolevej.\r\n".encode("cp1252")
        files = {"file": ("billede.txt", content, "text/plain")}
        assert (await birgit.post(f"{path}/situation/fil", data={"paste": ""}, files=files)).status_code == 303
        text = text_of(await birgit.get(f"{path}/situation"))
        assert "31 i Strandhallen på Skolevej." in text
        assert "sendt som tekst" in text
        for name, bad in (("billede.pdf", b"%PDF-1.7"), ("billede.txt", b"PK\x03\x04\x00\x00")):
            files = {"file": (name, bad, "application/octet-stream")}
            refused = await birgit.post(f"{path}/situation/fil", data={"paste": "Også dette."}, files=files)
            assert refused.status_code == 422
            assert "Vi kan kun læse rene tekstfiler (.txt)." in refused.text
            assert "Også dette." in refused.text


async def test_the_status_begins_with_our_numbers_and_is_approved_by_the_crisis_leader(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        jonas, asta, path = await site.be(JONAS), await site.be(ASTA), path_of(site)
        form = text_of(await jonas.get(f"{path}/situation/status"))
        for words in ("Guiden er version 3, frigivet", "spørgsmål i alt", "Kriseleder: Asta Klitvang, afløses senest"):
            assert words in form
        evening = {"kind": "decision", "text": "Vi kalder ind.", "happened_at": "2023-10-20T23:50"}
        noted = await jonas.post(f"{path}/log", data=evening | {"reason": "Vandet stiger.", "back": path})
        assert noted.status_code == 303, text_of(noted)
        form = text_of(await jonas.get(f"{path}/situation/status"))
        assert "fredag den 20. oktober kl. 23.50: Vi kalder ind." in form
        first = {"based_on": "0", "sections.summary": "Vi svarer på alt.", "sections.calls": "40 i kø."}
        assert (await jonas.post(f"{path}/situation/status", data=first)).status_code == 303
        assert (await jonas.post(f"{path}/situation/status/godkend", data={"version": "1"})).status_code == 403
        assert (await asta.post(f"{path}/situation/status/godkend", data={"version": "1"})).status_code == 303
        second = {"based_on": "1", "sections.summary": "Vi svarer på alt, men sent."}
        assert (await jonas.post(f"{path}/situation/status", data=second)).status_code == 303
        page = await asta.get(f"{path}/situation/status/2")
        assert "<ins>" in page.text
        assert "Opkald og ventetid Slettet" in text_of(page)
        both = text_of(await asta.get(f"{path}/situation"))
        assert "Version 1 Godkendt" in both
        assert "Venter på godkendelse Version 2" in both


async def test_whoever_writes_at_the_same_time_sees_both_texts_and_loses_neither(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        jonas, line, path = await site.be(JONAS), await site.be(LINE), path_of(site)
        mine = {"based_on": "0", "sections.calls": "40 i kø."}
        assert (await line.post(f"{path}/situation/status", data=mine)).status_code == 303
        clash = await jonas.post(f"{path}/situation/status", data={"based_on": "0", "sections.calls": "12 i kø."})
        assert clash.status_code == 409
        text = text_of(clash)
        assert "Line Østersand gemte version 1, mens du skrev" in text
        assert "Line Østersand skrev: 40 i kø." in text
        assert ">12 i kø.</textarea>" in clash.text
        assert 'name="based_on" value="1"' in clash.text
        merged = {"based_on": "1", "sections.calls": "40 i kø, senere 12."}
        assert (await jonas.post(f"{path}/situation/status", data=merged)).status_code == 303


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Borgere: 31 i hallen", {"Borgere": "31 i hallen"}),
        ("# BORGERE\n31\ni hallen", {"Borgere": "31\ni hallen"}),
        ("2. Område\nHavnen\n\nBorgere:\n31", {"Område": "Havnen", "Borgere": "31"}),
        ("Kl. 14: intet nyt", {"Alt": "Kl. 14: intet nyt"}),
        ("Hej\nOmråde: Havnen\nOmråde: Byen", {"Alt": "Hej", "Område": "Havnen\nByen"}),
        ("\n \n", {}),
    ],
)
def test_headings_are_found_where_they_stand_and_the_rest_is_kept_whole(text: str, found: dict[str, str]) -> None:
    assert headings_of(text, ["Område", "Borgere"], "Alt") == found


def test_only_text_is_text() -> None:
    assert text_of_file("a.TXT", "\ufeffæøå\r\nb".encode()) == "æøå\nb"
    assert text_of_file("a.txt", b" \n") == NoText("situation.file_empty")
    assert text_of_file("a.docx", b"abc") == NoText("situation.file_kind")
