"""Styregruppens beslutning through its page: votes, calling, alone when nobody answers, and what may not be done."""

from __future__ import annotations

from pathlib import Path

from tests.web.engine import desk
from tests.web.incidents import PATH, report, send, until

TERMS = {"terms.level": "operation", "terms.channels": ["contact_centre", "chatbot"]}
PROPOSE = {"outcome": "activate", "grounds": "Byen kan ikke svare selv."} | TERMS


async def test_whoever_s_turn_it_is_finds_the_vote_on_top_and_a_quorum_decides(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        await report(site)
        henrik, lone, karin = [await site.be(p) for p in ("henrik-brisager", "lone-tangholt", "karin-lyngstroem")]
        page = (await henrik.get(f"{PATH}/beslutning")).text
        assert "Der er ikke noget forslag endnu." in page
        assert "Mangler 3 stemmer for at være beslutningsdygtig" in page
        put = await send(henrik, f"{PATH}/forslag", **PROPOSE)
        assert put.status_code == 303
        await until(site, "proposal")
        page = (await lone.get(f"{PATH}/beslutning")).text
        assert page.index("Det er din tur") < page.index("De tre kriterier")
        assert page.index("Byen kan ikke svare selv.") < page.index('name="vote"')
        for client, vote in ((henrik, "for"), (lone, "for"), (karin, "against")):
            cast = await send(client, f"{PATH}/stem", vote=vote, grounds="Set på kriterierne.")
            assert cast.status_code == 303
        found = await until(site, "phase", "active")
        assert [v["vote"] for v in found["decision"]["votes"]] == ["for", "for", "against"]
        assert found["terms"]["channels"] == ["contact_centre", "chatbot"]
        page = (await karin.get(f"{PATH}/beslutning")).text
        assert "Uenig, med begrundelse" in page
        assert "Du har stemt imod" in page
        assert "Byen kan ikke svare selv." in page
        assert "forslag fra Henrik Brisager" in page


async def test_a_vote_needs_its_reason_and_is_cast_once(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        await report(site)
        henrik = await site.be("henrik-brisager")
        await send(henrik, f"{PATH}/forslag", **PROPOSE)
        await until(site, "proposal")
        without = await send(henrik, f"{PATH}/stem", vote="for", grounds="")
        assert without.status_code in (409, 422)
        assert "Der er noget, du skal se på" in without.text
        assert (await send(henrik, f"{PATH}/stem", vote="for", grounds="Ja.")).status_code == 303
        await until(site, "votes")
        again = await send(henrik, f"{PATH}/stem", vote="against", grounds="Alligevel ikke.")
        assert again.status_code == 409
        assert "Henrik Brisager har allerede stemt om dette forslag." in again.text


async def test_a_barred_member_is_shown_as_barred_and_told_why(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        await report(site)
        henrik, mads = await site.be("henrik-brisager"), await site.be("mads-fjordsand")
        await send(henrik, f"{PATH}/forslag", **PROPOSE)
        await until(site, "proposal")
        page = (await mads.get(f"{PATH}/beslutning")).text
        assert "kan ikke stemme: egen kommune er berørt" in page
        assert "Du kan ikke stemme: egen kommune er berørt." in page
        assert 'name="vote"' not in page.split('id="stem-for-h"')[0]
        refused = await send(mads, f"{PATH}/stem", vote="for", grounds="Jeg vil.")
        assert refused.status_code == 409
        assert "Mads Fjordsand kan ikke stemme" in refused.text


async def test_what_a_member_says_on_the_phone_is_typed_for_him_with_both_names(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        await report(site)
        henrik, rikke = await site.be("henrik-brisager"), await site.be("rikke-klitroe")
        await send(henrik, f"{PATH}/forslag", **PROPOSE)
        await until(site, "proposal")
        nobody = await send(rikke, f"{PATH}/stem-for", vote="for", grounds="Sagt i telefonen.")
        assert nobody.status_code == 422
        assert "Vælg, hvem der taler i telefonen." in nobody.text
        typed = await send(
            rikke, f"{PATH}/stem-for", vote="for", grounds="Sagt i telefonen.", on_behalf_of="ole-strandmose"
        )
        assert typed.status_code == 303
        found = await until(site, "votes")
        assert (found["votes"][0]["person"], found["votes"][0]["typed_by"]) == ("ole-strandmose", "rikke-klitroe")
        page = (await rikke.get(f"{PATH}/beslutning")).text
        assert "skrevet af Rikke Klitrø" in page
        assert '<option value="ole-strandmose"' not in page.split('id="stem-for-on_behalf_of"')[1].split("</select>")[0]
        assert '<option value="mads-fjordsand"' not in page.split('id="stem-for-on_behalf_of"')[1].split("</select>")[0]
        assert (await send(rikke, f"{PATH}/stem", vote="for", grounds="Selv.")).status_code == 403


async def test_one_press_says_reached_or_not_and_the_next_is_called(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        await report(site)
        rikke = await site.be("rikke-klitroe")
        page = (await rikke.get(f"{PATH}/beslutning")).text
        assert 'class="calling-name">Henrik Brisager' in page
        assert "Næste på listen: Lone Tangholt" in page
        assert 'href="tel:00000000"' in page
        tried = await send(rikke, f"{PATH}/kontaktforsoeg", person="henrik-brisager", channel="phone", reached="false")
        assert tried.status_code == 303
        assert tried.headers["location"].endswith("#telefonlisten")
        page = (await rikke.get(f"{PATH}/beslutning")).text
        assert 'class="calling-name">Lone Tangholt' in page
        await send(rikke, f"{PATH}/kontaktforsoeg", person="lone-tangholt", channel="phone", reached="true")
        page = (await rikke.get(f"{PATH}/beslutning")).text
        assert "1 medlem" in page
        assert "ikke nået" in page


async def test_alone_only_when_the_list_is_exhausted_and_then_with_a_clock_for_the_answer(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        await report(site)
        lone = await site.be("lone-tangholt")
        page = (await lone.get(f"{PATH}/beslutning")).text
        assert "Telefonlisten er ikke udtømt endnu." in page
        early = await send(lone, f"{PATH}/foreloebig", grounds="Nu.", **TERMS)
        assert early.status_code == 409
        assert "Telefonlisten er ikke udtømt endnu." in early.text
    async with desk(tmp_path / "senere") as site:
        await report(site, minutes_ago=11)
        await until(site, "phone_list_exhausted_at")
        signe = await site.be("signe-havtorn")
        page = (await signe.get(f"{PATH}/beslutning")).text
        assert "Nu kan én aktivere alene, foreløbigt." in page
        assert "Mig selv, efter delegation som projektleder" in page
        given = await send(signe, f"{PATH}/foreloebig", grounds="Ingen svarer, og byen står under vand.", **TERMS)
        assert given.status_code == 303
        found = await until(site, "phase", "provisional")
        assert found["decision"]["by_delegation"]
        page = (await signe.get(f"{PATH}/beslutning")).text
        assert "Styregruppen bekræfter eller omgør senest" in page
        page = (await (await site.be("henrik-brisager")).get(f"{PATH}/beslutning")).text
        assert "Bekræft aktiveringen" in page
        assert "Omgør aktiveringen" in page
        assert "Giv forvarsel" not in page


async def test_not_activating_says_what_to_do_instead(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        await report(site)
        henrik = await site.be("henrik-brisager")
        words = {"outcome": "decline", "grounds": "Kommunen klarer det."} | TERMS
        without = await send(henrik, f"{PATH}/forslag", **words)
        assert without.status_code == 409
        assert "Skriv, hvad kommunen skal gøre i stedet." in without.text
        assert "Kommunen klarer det." in without.text
        put = await send(henrik, f"{PATH}/forslag", **words, instead="Brug jeres egen hovedpostliste.")
        assert put.status_code == 303
        for person in ("henrik-brisager", "lone-tangholt", "karin-lyngstroem"):
            await send(await site.be(person), f"{PATH}/stem", vote="for", grounds="Enig.")
        await until(site, "phase", "declined")
        page = (await (await site.be("birgit-vesterklit")).get(f"{PATH}/beslutning")).text
        assert "Brug jeres egen hovedpostliste." in page


async def test_an_opening_outside_hours_is_named_whole_or_not_at_all(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        await report(site)
        henrik = await site.be("henrik-brisager")
        half = await send(henrik, f"{PATH}/forslag", **PROPOSE, **{"terms.opening.0.opens_at": "2026-12-24T18:00"})
        assert half.status_code == 422
        assert 'href="#forslag-terms.opening.0.closes_at"' in half.text
        whole = {
            "terms.opening.0.opens_at": "2026-12-24T18:00", "terms.opening.0.closes_at": "2026-12-24T23:00",
            "terms.opening.0.channels": "contact_centre", "terms.opening.0.staffed_by": "Nørremark og Lyngsø",
        }  # fmt: skip
        assert (await send(henrik, f"{PATH}/forslag", **PROPOSE, **whole)).status_code == 303
        found = await until(site, "proposal")
        assert found["proposal"]["terms"]["opening"][0]["opens_at"].startswith("2026-12-24T17:00")


async def test_a_decided_crisis_is_changed_by_those_who_lead_it_and_says_what_holds(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        await report(site)
        await send(await site.be("henrik-brisager"), f"{PATH}/forslag", **PROPOSE)
        await until(site, "proposal")
        for person in ("henrik-brisager", "lone-tangholt", "karin-lyngstroem"):
            await send(await site.be(person), f"{PATH}/stem", vote="for", grounds="Enig.")
        await until(site, "phase", "active")
        karin, jonas = await site.be("karin-lyngstroem"), await site.be("jonas-tangmark")
        assert "Ændr undervejs" in (await karin.get(f"{PATH}/beslutning")).text
        assert "Ændr undervejs" not in (await jonas.get(f"{PATH}/beslutning")).text
        target = "80 % besvaret inden for 2 minutter"
        for name, form in (
            ("servicemaal", {"target": target}),
            ("kanaler", {"channels": ["contact_centre", "sms"]}),
            ("niveau", {"level": "staff"}),
            ("prioritering", {"decision": "Ti agenter går fra den daglige drift."}),
            ("omfang", {"affected": ["9002"], "scope": "municipalities"}),
            ("aabning", {
                "opening.opens_at": "2099-12-24T18:00", "opening.closes_at": "2099-12-24T23:00",
                "opening.channels": "contact_centre", "opening.staffed_by": "Lyngsø",
            }),
        ):  # fmt: skip
            answer = await send(karin, f"{PATH}/{name}", grounds="Presset er stort.", **form)
            assert answer.status_code == 303, (name, answer.text)
        page = (await karin.get(f"{PATH}/beslutning")).text
        held = (target, "Kontaktcenter, Sms", "Ti agenter går fra", "Fjordbakke Kommune", "bemandet af Lyngsø")
        for each in held:
            assert each in page
        same = await send(karin, f"{PATH}/niveau", level="staff", grounds="Igen.")
        assert same.status_code == 409
        assert "Niveauet er allerede" in same.text


async def test_a_planned_peak_has_nothing_to_vote_on(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        await report(site, wait_for=("phase", "declined"), planned=True)
        henrik = await site.be("henrik-brisager")
        page = await henrik.get(f"{PATH}/beslutning")
        assert page.status_code == 200
        assert "varsling om planlagt spidsbelastning" in page.text
        assert 'data-form="forslag"' not in page.text


async def test_a_report_nobody_rang_back_on_is_said_to_be_unconfirmed(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        await report(site, entry="open_form")
        henrik = await site.be("henrik-brisager")
        assert "Bekræft indmeldingen" in (await henrik.get(f"{PATH}/beslutning")).text
        refused = await send(henrik, f"{PATH}/forslag", **PROPOSE)
        assert refused.status_code == 409
        assert "Ring op på et nummer, vi kender i forvejen" in refused.text
