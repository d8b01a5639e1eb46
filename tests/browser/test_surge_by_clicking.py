"""A whole crisis by clicking, as people in windows of their own, on the real embedded system.

Incident by phone -> forvarsel -> foreløbig and quorum decision -> Hvem kommer? -> førstebesked -> guide -> log ->
meeting -> both pictures -> feedback seen -> relief -> stepping down -> reopened -> recorded and replayed. Nobody's
console may complain.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import expect

from ddh_beredskab.journal.database import SqliteDatabase, sqlite_path
from ddh_beredskab.journal.messages import read_stream
from ddh_beredskab.web.words import local
from tests.browser.system import Person, System

CHANNELS = ["contact_centre", "chatbot"]
ANSWERING = {
    "asta-klitvang": "crisis_leader",
    "jonas-tangmark": "log_keeper",
    "frederik-maagevang": "communications_lead",
    "kasper-pynten": "process_lead",
    "dorte-vibeholm": "personnel_lead",
    "birgit-vesterklit": "local_leader",
    "tobias-havrimmel": "local_information_lead",
}
DECIDING = ("activation", "crisis_staff", "guides", "feedback")
SAME = ("role", "position", "attempt", "outcome", "vote", "answer", "because", "level", "version", "number", "name")
"""What is the same in a recording, by its field."""
PLANTED = ("Ragnhild Prøvesten", "00 00 12 34", "Mogens Markør", "Markørvej 14")
"""Written in free text on the way, and gone from the recording."""
GUIDE = {
    "what_happened": "Vandet er over kajen i Strandby.",
    "latest": "Diget ved Engvej er brudt kl. 21.",
    "citizens_do": "Bliv væk fra havnen. Kør ikke gennem vand.",
    "municipality_does": "Hallen på Bakken er åben for dem, der må hjemmefra.",
    "whom_to_contact": "Ring til kommunens vagt på 00 00 99 99.",
    "next_update": "Vi opdaterer igen om en time.",
}


def _field(when: datetime) -> str:
    return f"{local(when):%Y-%m-%dT%H:%M}"


@pytest.mark.timeout(600)
def test_a_crisis_is_played_by_clicking_from_the_call_to_the_reopening(
    people: Callable[[str], Person], system: System, record_property: Callable[[str, object], None], tmp_path: Path
) -> None:
    # -- the incident, by phone ---------------------------------------------------------------------
    rikke = people("rikke-klitroe")
    rikke.go("/indmeld/telefon")
    form = rikke.page.locator("form[data-form=incident]")
    form.get_by_label("Hvad er der sket?").fill("Vandet står over kajen i Strandby, og det stiger.")
    form.get_by_label("Hvor er det sket?").fill("Strandby Havn")
    form.get_by_label("Hvordan er situationen lige nu?").fill("Telefonerne er overbelastede.")
    form.get_by_label("Hvad har I sat i gang?").fill("Krisestaben samles.")
    form.get_by_label("Hvem ringer?").fill("Birgit Vesterklit")
    form.get_by_label("Hvilken kommune er ramt?").select_option("9001")
    form.get_by_role("radio", name="Stormflod", exact=True).check()
    form.get_by_role("button", name="Send nu, og svar på resten senere").click()
    expect(rikke.page.get_by_text("Vi har modtaget din indmelding")).to_be_visible()
    crisis = _crisis_of(rikke)

    # -- forvarsel, then provisional, then quorum ---------------------------------------------------
    henrik, lone, karin, ole = map(people, ("henrik-brisager", "lone-tangholt", "karin-lyngstroem", "ole-strandmose"))
    henrik.go(f"{crisis}/beslutning")
    henrik.send("forslag", outcome="warn", grounds="Vi gør klar.")
    for each in (henrik, lone, karin):
        began = time.monotonic()
        each.go(f"{crisis}/beslutning")
        each.send("stem", vote="for", grounds="Enig.")
        record_property(f"seconds from link to vote, {each.ref}", round(time.monotonic() - began, 1))
    expect(rikke.go(crisis).get_by_text("Forvarsel").first).to_be_visible()
    henrik.go(f"{crisis}/beslutning")
    henrik.send("forslag", outcome="activate", grounds="Vandet er inde i byen.", terms__channels=CHANNELS)
    _ring_through_the_list(henrik, crisis)
    henrik.send("foreloebig", grounds="Det kan ikke vente.", terms__channels=["contact_centre"])
    henrik.go(f"{crisis}/beslutning")
    if not henrik.page.locator("form[data-form=stem]").count():
        henrik.send("forslag", outcome="activate", grounds="Bekræft aktiveringen.", terms__channels=CHANNELS)
    for each in (lone, karin, ole):
        each.go(f"{crisis}/beslutning")
        each.send("stem", vote="for", grounds="Enig.")
    expect(rikke.go(crisis).get_by_text("Aktiveret").first).to_be_visible()

    # -- Hvem kommer? -------------------------------------------------------------------------------
    for ref, role in ANSWERING.items():
        people(ref).go(f"{crisis}/stab")
        people(ref).send(f"stab/svar-{role}", "Kommer")
    asta, jonas, frederik, tobias, birgit = map(
        people, ("asta-klitvang", "jonas-tangmark", "frederik-maagevang", "tobias-havrimmel", "birgit-vesterklit")
    )
    expect(asta.go(f"{crisis}/stab").get_by_text("Krisestaben var på plads").first).to_be_visible()

    # -- førstebesked, and the guide ----------------------------------------------------------------
    asta.go(f"{crisis}/guide")
    asta.send("guide/foerstebesked", line__0="Det ved vi: Strandby er ramt af stormflod. Vandet topper kl. 23.")
    tobias.go(f"{crisis}/guide/kladde")
    answers = {f"content__answers__{key}": answer for key, answer in GUIDE.items()}
    transfer = {"content__duty_number": "00 00 99 99", "content__transfer": "Kommunens vagt, 00 00 99 99, hele døgnet"}
    tobias.send("guide/kladde", unknown__not_known="on", content__does_not_answer="Forsikring", **answers, **transfer)
    tobias.go(f"{crisis}/guide")
    tobias.send("guide/fakta")
    frederik.go(f"{crisis}/guide")
    frederik.send("guide/frigiv", reason="Første guide.", channels=CHANNELS)
    expect(asta.go(crisis).get_by_text("Version 1").first).to_be_visible()

    # -- the log ------------------------------------------------------------------------------------
    jonas.go(crisis)
    expect(jonas.page.locator("#live[data-state=connected]")).to_be_visible()
    began = time.monotonic()
    jonas.page.locator("form[data-form=log] textarea[name=text]").focus()
    jonas.page.keyboard.type("Politiet: Engvej er spærret.")
    jonas.page.keyboard.press("Enter")
    expect(jonas.page.locator(".log-entry", has_text="Engvej er spærret.")).to_have_count(1)
    record_property("seconds for a log entry, by keyboard", round(time.monotonic() - began, 1))
    expect(asta.page.locator(".log-entry", has_text="Engvej er spærret.")).to_have_count(1)

    # -- a meeting, and its minutes -----------------------------------------------------------------
    asta.go(f"{crisis}/moeder")
    asta.page.get_by_role("link", name="Hold møde 1").click()
    asta.send("moeder/hold", points__0__text="Vi har overblik.", points__0__decision="Hallen holdes åben hele natten.")
    asta.go(f"{crisis}/moeder")
    if not asta.page.locator("form[data-form='moeder/godkend']").count():
        asta.page.get_by_role("link", name="Møde 1").first.click()
    asta.send("moeder/godkend")
    expect(jonas.go(crisis).get_by_text("Hallen holdes åben hele natten.").first).to_be_visible()

    # -- kommunens situationsbillede, and DDH-status ------------------------------------------------
    birgit.go(f"{crisis}/situation/billede")
    birgit.send("situation/billede", text__0=f"Vi har evakueret Havnegade. Spørg {PLANTED[2]}, {PLANTED[3]}.")
    jonas.go(f"{crisis}/situation/status")
    jonas.send("situation/status", sections__summary="Vi svarer alle opkald fra Strandby.")
    asta.go(f"{crisis}/situation/status/1")
    asta.send("situation/status/godkend")
    expect(asta.go(f"{crisis}/situation").get_by_text("Vi har evakueret Havnegade").first).to_be_visible()

    # -- citizens' questions, as the desk will send them --------------------------------------------
    _ask_questions(system, crisis.rpartition("/")[2])
    expect(people("birgit-vesterklit").go(f"{crisis}/spoergsmaal").get_by_text("Sandsække").first).to_be_visible()

    # -- relief ---------------------------------------------------------------------------------------
    jonas.go(f"{crisis}/stab?rolle=log_keeper")
    jonas.send(
        "stab/overdrag",
        to="eva-muslinghoej",
        note=f"Loggen er ajour til nu. {PLANTED[0]} ringer tilbage på {PLANTED[1]}.",
    )
    expect(asta.go(f"{crisis}/stab").get_by_text("Eva Muslinghøj").first).to_be_visible()

    # -- stepping down, the end, and again ------------------------------------------------------------
    asta.go(f"{crisis}/nedtrapning")
    now = datetime.now(UTC)
    asta.send(
        "trin-foreslaa", step="DDH stopper", facts="Vandet falder, og kommunen svarer selv.", final="on",
        effective_at=_field(now + timedelta(minutes=1)),
    )  # fmt: skip
    for each in (birgit, asta):
        each.go(f"{crisis}/nedtrapning")
        if each.page.locator("form[data-form=trin-enig]").count():
            each.send("trin-enig")
    for _ in range(45):  # the step takes effect within the minute
        asta.go(f"{crisis}/nedtrapning")
        if asta.page.locator("form[data-form=afslut]").count():
            break
        asta.page.wait_for_timeout(2_000)
    asta.send(
        "afslut", debriefing_offered_to=["staff", "agents"], debriefing="I Teams for alle.",
        debriefing_at=_field(now + timedelta(days=2)), evaluation_at=_field(now + timedelta(days=7)),
        summary="Vi svarede borgerne i Strandby under stormfloden.",
    )  # fmt: skip
    expect(rikke.go(crisis).get_by_text("Afsluttet").first).to_be_visible()
    henrik.go(f"{crisis}/nedtrapning")
    henrik.send("genaabn", grounds="Vandet stiger igen.")
    expect(rikke.go(crisis).get_by_text("Aktiveret").first).to_be_visible()

    # -- recorded, it decides the same, and nobody is in it -------------------------------------------
    _replays_the_same(system, crisis.rpartition("/")[2], tmp_path)


def _replays_the_same(system: System, crisis: str, folder: Path) -> None:
    """`drill record`, and what it wrote played again by the rules alone."""
    out, markers = folder / "klikket", folder / "markers.txt"
    markers.write_text("\n".join(PLANTED), encoding="utf-8")
    recorded = _cli("drill", "record", crisis, "--out", out, "--markers", markers, "--data", system.data, "--json")
    assert recorded.returncode == 0, recorded.stdout + recorded.stderr
    said = json.loads(recorded.stdout)
    assert (said["differing"], said["decisions"] > 100) == ({}, True)
    text = (out / "recording.yaml").read_text("utf-8") + (out / "questions.csv").read_text("utf-8")
    traces = [*PLANTED, *ANSWERING, "Birgit Vesterklit", "Strandby"]
    assert [each for each in traces if each.lower() in text.lower()] == []
    for option in ("--keep", "--verify"):
        again = _cli("drill", "replay", out, option)
        assert again.returncode == 0, again.stdout + again.stderr
    rows = [json.loads(line) for line in (out / "decisions.ndjson").read_text("utf-8").splitlines()[1:]]
    assert _decided(system, crisis) == {
        concern: [_told(row["type"], row["data"]) for row in rows if (row["concern"], row["crisis"]) == (concern, 1)]
        for concern in DECIDING
    }


def _decided(system: System, crisis: str) -> dict[str, list[object]]:
    """What each concern decided while people clicked, in order."""
    database = SqliteDatabase(sqlite_path(system.data, "drift"))
    kept = {c: database.read_now(lambda conn, c=c: list(read_stream(conn, f"{c}-{crisis}"))) for c in DECIDING}
    database.close_now()
    return {
        concern: [_told(each.message.short_name(), each.message.model_dump(mode="json")) for each in rows]
        for concern, rows in kept.items()
    }


def _told(name: str, data: dict[str, Any]) -> object:
    """An event without people, texts and times: those are others in a recording, or struck out."""
    return name, {key: data[key] for key in SAME if key in data}


def _cli(*words: object) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-P", "-m", "ddh_beredskab.cli", *map(str, words)]
    return subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False)


def _crisis_of(person: Person) -> str:
    """The crisis that the newest receipt is about, by the list."""
    page = person.go("/")
    link = page.locator("a[href^='/krise/drift/']").first
    expect(link).to_be_visible()
    return str(link.get_attribute("href")).partition("?")[0]


def _ring_through_the_list(person: Person, crisis: str) -> None:
    """Nobody else can be reached, until the list has been rung through."""
    for _ in range(8):
        person.go(f"{crisis}/beslutning")
        if person.page.locator("form[data-form=foreloebig]").count():
            return
        now = person.page.locator("form[data-form=forsoeg-nu]")
        reached = "true" if now.locator("[name=person]").input_value() == person.ref else "false"
        now.locator(f"button[value={reached}]").click()
        expect(person.page.locator("#besked")).to_be_visible()
    raise AssertionError("the list never came to its end")


def _ask_questions(system: System, crisis: str) -> None:
    items = [
        {"id": str(uuid4()), "crisis_id": crisis, "topic": "sandsaekke", "time": datetime.now(UTC).isoformat(),
         "answered": "no", "municipality": "9001"}
        for _ in range(12)
    ]  # fmt: skip
    token = (system.data / "api-token").read_text().strip()
    answer = httpx.post(
        f"{system.url}/api/v1/environments/drift/feedback",
        json={"items": items},
        headers={"Authorization": f"Bearer {token}"},
        timeout=20,
    )
    assert answer.status_code == 202, answer.text
