"""Indmeld hændelse: by a leader, by whoever takes the phone call, and without log-in; drafts, score and receipt."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.people import drafts, entry, register, secrets
from ddh_beredskab.projections.documents import document
from ddh_beredskab.projections.read_model import instant
from ddh_beredskab.projections.situation import ALL, SITUATION
from ddh_beredskab.web.rendering import words_in
from ddh_beredskab.web.words import local
from tests.web.engine import Desk, desk

ID = "01a201f6-1d21-760c-8d07-0416bacef4a3"
OTHER_ID = "01a201f6-1d21-760c-8d07-0416bacef4a4"
TEXTS = {
    "what_happened": "Vandet er gået over diget ved havnen.",
    "where": "Strandby Havn",
    "situation": "Det bliver værre frem til midnat.",
    "started": "Egen krisestab.",
    "grounds": "Vi kan ikke følge med opkaldene.",
}
ANSWERS = {
    "answers.planned": "no",
    "answers.onset": "now",
    "answers.danger": "life",
    "answers.affected": "over_5000",
    "answers.need": "act_now",
    "answers.own_channels": "overloaded",
    "answers.critical": "several",
}
FORM = {"id": ID, "kind": "stormflod", "municipality": "9001", **TEXTS, **ANSWERS}
_DIRECTORY = Statement("SELECT data FROM messages WHERE type LIKE '%incident_reported%' ORDER BY position DESC LIMIT 1")


def _crises(site: Desk) -> dict[str, Any]:
    found = site.stage.database.read_now(lambda conn: document(conn, SITUATION, ALL))
    return found["crises"] if found else {}


def _only(site: Desk) -> dict[str, Any]:
    crises = _crises(site)
    assert len(crises) == 1
    found = site.stage.database.read_now(lambda conn: document(conn, SITUATION, next(iter(crises))))
    assert found is not None
    return found


def _text(answer: httpx.Response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)).replace("\u00a0", " ")


def _code(site: Desk, municipality: str = "9001") -> str:
    def job(conn: Conn) -> str:
        return entry.new_ticket(conn, "open_form", by="rikke-klitroe", municipality=municipality)

    return site.stage.database.write_now(job)


async def test_a_leader_reports_and_the_receipt_says_by_when_and_whom_to_phone(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        birgit = await site.be("birgit-vesterklit")
        for _ in range(2):  # pressed twice, or sent again after a lost line
            answer = await birgit.post("/indmeld", data=FORM | {"go": "send"})
            assert (answer.status_code, answer.headers["location"]) == (303, f"/indmeld/kvittering/{ID}")
        told = _text(await birgit.get(f"/indmeld/kvittering/{ID}"))
        assert re.search(r"Vi har modtaget din indmelding kl\. \d\d\.\d\d\. Vi ringer nu til styregruppen\.", told)
        crisis = _only(site)
        reported, due = instant(crisis["reported_at"]), instant(crisis["decision_due_at"])
        assert due - reported == timedelta(minutes=15)  # provisional_within_minutes
        by = words_in("da").moment(due, reported).replace("\u00a0", " ")  # with the day, when it is after midnight
        assert f"Du hører fra os senest {by}." in told
        assert "Henrik Brisager" in told
        assert (crisis["title"], crisis["kind"], crisis["unconfirmed"]) == (
            "Stormflod, Strandby Havn",
            "stormflod",
            False,
        )
        assert crisis["authority"]["name"] == "Strandby Kommune"
        report = crisis["report"]
        assert (report["asked_by"], report["entered_by"], report["entry"]) == ("birgit-vesterklit",) * 2 + ("form",)
        assert crisis["score"]["recommendation"] == "activate"


async def test_every_step_works_as_an_ordinary_form_and_each_answer_can_be_changed(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        birgit = await site.be("birgit-vesterklit")
        page = (await birgit.get("/indmeld")).text
        visited: list[str] = []
        for _ in range(20):
            here = str(re.findall(r'name="step" value="([^"]+)"', page)[0])
            visited.append(here)
            if here == "check":
                break
            answer = await birgit.post("/indmeld", data=FORM | {"step": here, "go": "next"})
            assert answer.status_code == 303
            page = (await birgit.get(answer.headers["location"])).text
        assert visited == [
            "kind", "planned", "authority", "what_happened", "where", "situation", "started", "q-onset", "q-danger",
            "q-affected", "q-need", "q-own_channels", "q-critical", "expected", "grounds", "check",
        ]  # fmt: skip
        for shown in ("Stormflod", "Strandby Kommune", "Fare for liv eller helbred", *TEXTS.values()):
            assert shown in page
        assert f"/indmeld/kladde/{ID}?trin=where" in page
        assert "Vejledende vurdering: aktivér DDH Beredskab" in page
        back = await birgit.post("/indmeld", data=FORM | {"step": "check", "go": "back"})
        assert back.headers["location"].endswith("?trin=grounds")
        assert "Fortsæt: Stormflod, Strandby Havn" in (await birgit.get("/indmeld")).text
        sent = await birgit.post("/indmeld", data=FORM | {"step": "check", "go": "send"})
        assert sent.headers["location"] == f"/indmeld/kvittering/{ID}"
        assert "Fortsæt: " not in (await birgit.get("/indmeld")).text
        assert (await birgit.get(f"/indmeld/kladde/{ID}")).status_code == 404


async def test_what_is_missing_is_said_where_it_is_asked_and_nothing_typed_is_lost(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        birgit = await site.be("birgit-vesterklit")
        form = FORM | {"where": "", "kind": "", "go": "send", "step": "check"}
        answer = await birgit.post("/indmeld", data=form)
        assert answer.status_code == 422
        assert 'name="step" value="kind"' in answer.text
        assert '<a href="#incident-where">Skriv, hvor det er sket.' in answer.text
        assert TEXTS["what_happened"] in answer.text
        asked = await birgit.post("/indmeld", data=form, headers={"accept": "application/json"})
        assert [m["field"] for m in asked.json()["mistakes"]] == ["kind", "where"]
        wrong = await birgit.post("/indmeld", data=FORM | {"expected_calls": "mange", "go": "send"})
        assert "Skriv et helt tal." in wrong.text
        assert not _crises(site)


async def test_a_planned_peak_skips_the_criteria_and_is_no_crisis(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        birgit = await site.be("birgit-vesterklit")
        form = {name: value for name, value in FORM.items() if not name.startswith("answers.")}
        form |= {"answers.planned": "yes", "expected_at": "2026-12-01T08:00", "expected_calls": "1.200"}
        answer = await birgit.post("/indmeld", data=form | {"step": "started", "go": "next"})
        assert answer.headers["location"].endswith("?trin=expected")
        page = (await birgit.get(f"/indmeld/kladde/{ID}?trin=check")).text
        assert "varsling om planlagt spidsbelastning, ikke en krise" in page
        await birgit.post("/indmeld", data=form | {"step": "check", "go": "send"})
        told = _text(await birgit.get(f"/indmeld/kvittering/{ID}"))
        assert "Den går til sekretariatets vagtplan." in told
        assert "Vi ringer nu" not in told
        crisis = _only(site)
        assert (crisis["phase"], crisis["not_active_because"]) == ("declined", "planned")
        assert crisis["report"]["expected_calls"] == 1200


async def test_a_leader_reports_for_the_own_municipality_only(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        birgit = await site.be("birgit-vesterklit")
        answer = await birgit.post("/indmeld", data=FORM | {"municipality": "9002", "go": "send"})
        assert answer.status_code == 422
        assert not _crises(site)
        agent = await site.be("mona-baeklund")
        assert (await agent.post("/indmeld", data=FORM | {"go": "send"})).status_code == 403
        assert (await agent.get("/indmeld")).status_code == 403


async def test_a_leader_of_a_municipality_that_nobody_named_can_report_all_the_same(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        site.stage.database.write_now(
            lambda conn: register.give(conn, "mona-baeklund", "municipal_leader", by="test", municipality="9099")
        )
        mona = await site.be("mona-baeklund")
        assert 'name="municipality" value="9099"' in (await mona.get("/indmeld")).text
        answer = await mona.post("/indmeld", data=FORM | {"municipality": "9099", "go": "send"})
        assert answer.status_code == 303
        assert _only(site)["authority"] | {"name": ""} == {
            "code": "9099", "name": "", "scope": "municipality", "affected": ["9099"], "fictional": True,
        }  # fmt: skip


async def test_whoever_takes_the_call_types_it_and_the_caller_is_the_one_who_asked(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        rikke = await site.be("rikke-klitroe")
        assert (await rikke.get("/indmeld")).headers["location"] == "/indmeld/telefon"
        page = (await rikke.get("/indmeld/telefon")).text
        assert '<option value="Birgit Vesterklit, Strandby Kommune">' in page
        alarm = {
            "id": ID,
            "kind": "stormflod",
            "municipality": "9001",
            "what_happened": "Diget er brudt.",
            "go": "send",
        }
        known = alarm | {"caller": "Birgit Vesterklit, Strandby Kommune"}
        assert (await rikke.post("/indmeld/telefon", data=known)).status_code == 303
        report = _only(site)["report"]
        assert (report["asked_by"], report["entered_by"]) == ("birgit-vesterklit", "rikke-klitroe")
        assert report["entry"] == "phone"
        receipt = _text(await rikke.get(f"/indmeld/kvittering/{ID}"))
        assert "Sig til Birgit Vesterklit, hvad der sker nu" in receipt
        new = alarm | {"id": OTHER_ID, "caller": "Ny Prøve, beredskabschef", "caller_phone": "00 99 88 77"}
        assert (await rikke.post("/indmeld/telefon", data=new)).status_code == 303
        person = next(p for p in site.stage.database.read_now(register.persons) if p.name == "Ny Prøve")
        assert (person.municipality, person.fictional) == ("9001", True)
        phones = site.stage.database.read_now(register.channels)
        assert next(c.value for c in phones if c.person == person.ref) == "00 99 88 77"


async def test_what_was_written_on_paper_counts_from_its_true_time(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        rikke = await site.be("rikke-klitroe")
        alarm = {
            "id": ID,
            "kind": "stormflod",
            "municipality": "9001",
            "what_happened": "Diget er brudt.",
            "go": "send",
        }
        alarm |= {"caller": "Birgit Vesterklit"}
        ahead = await rikke.post("/indmeld/telefon", data=alarm | {"time": "2099-01-01T12:00"})
        assert (ahead.status_code, "ligger ude i fremtiden" in ahead.text) == (422, True)
        yesterday = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(days=1)
        told = alarm | {"time": f"{local(yesterday):%Y-%m-%dT%H:%M}"}
        assert (await rikke.post("/indmeld/telefon", data=told)).status_code == 303
        crisis = _only(site)
        assert (crisis["report"]["entry"], instant(crisis["reported_at"])) == ("paper", yesterday)


async def test_the_rest_of_the_questions_is_answered_later(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        rikke = await site.be("rikke-klitroe")
        alarm = {
            "id": ID,
            "kind": "stormflod",
            "municipality": "9001",
            "what_happened": "Diget er brudt.",
            "go": "send",
        }
        await rikke.post("/indmeld/telefon", data=alarm | {"caller": "Birgit Vesterklit"})
        crisis = _only(site)
        assert crisis["score"]["recommendation"] == "decline"
        path = f"/krise/drift/{crisis['crisis']}"
        assert "Diget er brudt." in (await rikke.get(f"{path}/indmelding")).text
        more = ANSWERS | {"id": OTHER_ID, "grounds": "Nu ved vi mere."}
        assert (await rikke.post(f"{path}/mere-om-haendelsen", data=more)).status_code == 303
        assert "Vejledende vurdering: aktivér DDH Beredskab" in (await rikke.get(f"{path}/indmelding")).text


async def test_a_call_can_be_taken_over_by_a_colleague_and_ones_own_draft_by_nobody(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        rikke, henrik = await site.be("rikke-klitroe"), await site.be("henrik-brisager")
        half = {"id": ID, "what_happened": "Borgeren 010203-1234 ringede.", "go": "save", "step": "alarm"}
        saved = await rikke.post("/indmeld/telefon", data=half)
        assert "Kladden er gemt." in (await rikke.get(saved.headers["location"])).text
        found = await henrik.get("/indmeld/telefon")
        assert f"/indmeld/kladde/{ID}" in found.text
        assert "Borgeren" in (await henrik.get(f"/indmeld/kladde/{ID}")).text
        kept = site.stage.database.read_now(lambda conn: drafts.draft(conn, ID))
        assert kept is not None
        assert "010203-1234" not in str(kept.fields)
        birgit, poul = await site.be("birgit-vesterklit"), await site.be("poul-digegaard")
        await birgit.post("/indmeld", data=FORM | {"id": OTHER_ID, "go": "save"})
        assert (await birgit.get(f"/indmeld/kladde/{OTHER_ID}")).status_code == 200
        assert (await poul.get(f"/indmeld/kladde/{OTHER_ID}")).status_code == 404
        assert (await poul.post("/indmeld", data=FORM | {"id": OTHER_ID, "go": "save"})).status_code == 404
        assert (await henrik.get(f"/indmeld/kladde/{OTHER_ID}")).status_code == 404
        assert (await poul.post(f"/indmeld/kladde/{OTHER_ID}/slet")).status_code == 404
        assert (await birgit.post(f"/indmeld/kladde/{OTHER_ID}/slet")).status_code == 303
        assert (await birgit.get(f"/indmeld/kladde/{OTHER_ID}")).status_code == 404


async def test_no_advice_is_given_before_the_questions_are_answered(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        few = await site.client.post("/indmeld/vurdering", data={"answers.onset": "now"})
        assert "1 af 6 spørgsmål er besvaret." in _text(few)
        assert "aktivér" not in few.text
        assert "2 af 4" in few.text
        all_of_them = await site.client.post("/indmeld/vurdering", data=ANSWERS)
        assert "Vejledende vurdering: aktivér DDH Beredskab" in all_of_them.text
        assert "Den beslutter ikke noget." in all_of_them.text
        ended = await site.client.post("/indmeld/vurdering", data={"answers.onset": "now", "step": "check"})
        assert "5 spørgsmål er ikke besvaret og tæller 0." in _text(ended)


async def test_a_region_names_all_its_municipalities_the_lead_first(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        rikke = await site.be("rikke-klitroe")
        form = FORM | {"municipality": "0751", "scope": "region", "caller": "Ny Leder", "go": "send"}
        await rikke.post("/indmeld/telefon", data=form)
        authority = _only(site)["authority"]
        assert (authority["name"], authority["scope"], authority["affected"][0]) == ("Aarhus Kommune", "region", "0751")
        assert len(authority["affected"]) == 19
        assert not authority["fictional"]
        row = site.stage.database.read_now(lambda conn: conn.one(_DIRECTORY))
        assert row is not None
        assert '"0751"' in str(row[0])


async def test_without_log_in_the_code_lets_a_report_in_once_and_somebody_must_ring_back(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        code, anybody = _code(site), site.client
        page = await anybody.get(f"/indmeld/uden-log-ind?kode={code}")
        assert f'value="{secrets.spoken(code)}"' in page.text
        who = {"code": secrets.spoken(code).lower(), "caller": "Ib Prøve", "caller_phone": "00 99 88 77"}
        step = await anybody.post("/indmeld/uden-log-ind", data=who | {"id": ID, "step": "code", "go": "next"})
        assert (step.status_code, 'name="step" value="kind"' in step.text) == (200, True)
        form = {n: v for n, v in FORM.items() if n != "municipality"} | who | {"step": "check", "go": "send"}
        for _ in range(2):
            sent = await anybody.post("/indmeld/uden-log-ind", data=form)
            assert sent.headers["location"] == f"/indmeld/kvittering/{ID}"
        receipt = _text(await anybody.get(f"/indmeld/kvittering/{ID}"))
        assert "vi ringer tilbage til kommunen for at bekræfte" in receipt
        assert "Henrik Brisager" not in receipt
        assert "Rikke Klitrø" not in receipt
        assert "00 00 00" in receipt
        again = await anybody.post("/indmeld/uden-log-ind", data=form | {"id": OTHER_ID})
        assert (again.status_code, "Koden passer ikke, eller den er brugt." in again.text) == (422, True)
        crisis = _only(site)
        assert (crisis["unconfirmed"], crisis["report"]["entry"]) == (True, "open_form")
        path = f"/krise/drift/{crisis['crisis']}"
        rikke = await site.be("rikke-klitroe")
        shown = _text(await rikke.get(f"{path}/indmelding"))
        assert "Ib Prøve har selv oplyst 00 99 88 77. Det alene er ikke nok til at bekræfte." in shown
        assert "Birgit Vesterklit, lokal leder" in shown
        birgit = await site.be("birgit-vesterklit")
        back = {"reached": "Birgit Vesterklit", "number_called": "00 00 00 20"}
        assert (await birgit.post(f"{path}/bekraeft-indmelding", data=back)).status_code == 403
        assert (await rikke.post(f"{path}/bekraeft-indmelding", data=back)).status_code == 303
        assert not _only(site)["unconfirmed"]
        assert "Bekræftet af Rikke Klitrø" in _text(await rikke.get(f"{path}/indmelding"))


async def test_a_false_report_is_turned_away_with_a_reason(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        who = {"code": _code(site), "caller": "Ib Prøve", "caller_phone": "00 99 88 77", "go": "send"}
        await site.client.post("/indmeld/uden-log-ind", data=FORM | who)
        rikke, path = await site.be("rikke-klitroe"), f"/krise/drift/{_only(site)['crisis']}"
        empty = await rikke.post(f"{path}/afvis-indmelding", data={"reason": ""})
        assert empty.status_code == 422
        await rikke.post(f"{path}/afvis-indmelding", data={"reason": "Kommunen kender ikke til det."})
        assert _only(site)["not_active_because"] == "rejected"
        told = _text(await site.client.get(f"/indmeld/kvittering/{ID}"))
        assert "Da vi ringede tilbage, blev indmeldingen ikke bekræftet." in told


async def test_codes_cannot_be_guessed_and_nothing_is_stored_without_one(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        persons = len(site.stage.database.read_now(register.persons))
        wrong = FORM | {"code": "AAAA-BBBB", "caller": "Ib Prøve", "caller_phone": "00 99 88 77", "go": "send"}
        for _ in range(60):
            assert (await site.client.post("/indmeld/uden-log-ind", data=wrong)).status_code == 422
        shut = await site.client.post("/indmeld/uden-log-ind", data=wrong | {"code": _code(site)})
        assert "prøvet for mange gange" in shut.text
        assert len(site.stage.database.read_now(register.persons)) == persons
        assert not _crises(site)


async def test_a_receipt_without_log_in_is_for_the_open_form_alone(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        birgit = await site.be("birgit-vesterklit")
        await birgit.post("/indmeld", data=FORM | {"go": "send"})
        assert (await site.client.get(f"/indmeld/kvittering/{ID}")).headers["location"].startswith("/log-ind")
        assert (await birgit.get(f"/indmeld/kvittering/{OTHER_ID}")).status_code == 404
        agent = await site.be("mona-baeklund")
        assert "00 00 00" not in (await agent.get(f"/indmeld/kvittering/{ID}")).text


async def test_the_secretariat_makes_sheets_and_calls_old_ones_back(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        rikke, old = await site.be("rikke-klitroe"), _code(site)
        sheet = await rikke.post("/indmeld/ark", data={"municipality": "9001", "call_back": "on"})
        code = str(re.findall(r'sheet-code">([A-Z0-9]{4}-[A-Z0-9]{4})<', sheet.text)[0])
        assert "Strandby Kommune" in sheet.text
        qr = await rikke.get(str(re.findall(r'src="(/indmeld/ark/qr[^"]+)"', sheet.text)[0]))
        assert (qr.headers["content-type"], "<svg" in qr.text, "style=" in qr.text) == ("image/svg+xml", True, False)
        assert "Strandby Kommune: 1 ark" in _text(await rikke.get("/indmeld/ark"))
        form = FORM | {"caller": "Ib Prøve", "caller_phone": "00 99 88 77", "go": "send"}
        assert (await site.client.post("/indmeld/uden-log-ind", data=form | {"code": old})).status_code == 422
        assert (await site.client.post("/indmeld/uden-log-ind", data=form | {"code": code})).status_code == 303
        assert (await (await site.be("birgit-vesterklit")).get("/indmeld/ark")).status_code == 403
        unknown = await rikke.post("/indmeld/ark", data={"municipality": "1234"})
        assert unknown.status_code == 422
