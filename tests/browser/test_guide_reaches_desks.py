"""The guide's whole way, on the real system: filled in, refused for a missing answer, approved, released, on 20 desks.

17 press "Jeg har set det" and the list names the 3; a new version stops who is behind; a recall names exactly who had
seen the wrong sentence and what was asked with it. Nobody's console may complain.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.database import SqliteDatabase, sqlite_path
from ddh_beredskab.people.register import add_person, give, open_account
from schemas.activation import CastVote, DecisionTerms, ProposeDecision
from schemas.base import Command, StaffRole
from schemas.crisis_staff import AnswerRoleOffer
from tests.browser.system import Person, System, open_crisis

AGENTS = [f"agent-test-{number:02d}" for number in range(1, 21)]
MISSED = AGENTS[17:]
CHANNELS = ["contact_centre", "chatbot"]
ANSWERS = {
    "what_happened": "Vandet er over kajen i Strandby.",
    "latest": "Diget ved Engvej er brudt kl. 21.",
    "citizens_do": "Bliv væk fra havnen. Kør ikke gennem vand.",
    "municipality_does": "Hallen på Bakken er åben for dem, der må hjemmefra.",
    "whom_to_contact": "Ring til kommunens vagt på 00 00 99 99.",
    "next_update": "Vi opdaterer igen om en time.",
}
FIELDS = {f"content__answers__{key}": answer for key, answer in ANSWERS.items()}
TRANSFER = {"content__duty_number": "00 00 99 99", "content__transfer": "Kommunens vagt, 00 00 99 99, hele døgnet"}
NOT_KNOWN = "Hvad ved vi ikke endnu?"


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """Twenty browsers and the whole system on one machine."""
    expect.set_options(timeout=45_000)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    system = System(tmp_path_factory.mktemp("desks") / "data")
    system.start()
    _hire(system)
    yield system
    system.stop()


@pytest.mark.timeout(600)
def test_a_guide_reaches_every_desk_and_a_wrong_one_is_taken_back(
    browser: Browser, system: System, record_property: Callable[[str, object], None]
) -> None:
    agents = {ref: Person(browser, system, ref) for ref in AGENTS}
    for agent in agents.values():
        agent.go("/vagt/drift")
        agent.page.get_by_role("button", name="På vagt").click()
        expect(agent.page.get_by_role("button", name="Jeg går hjem")).to_be_visible()
    crisis = _activated(system)
    asta, tobias, frederik, dorte = (
        Person(browser, system, ref)
        for ref in ("asta-klitvang", "tobias-havrimmel", "frederik-maagevang", "dorte-vibeholm")
    )

    # -- a missing answer is refused by its name, and goes no further ---------------------------------
    tobias.go(f"{crisis}/guide/kladde")
    tobias.send(
        "guide/kladde", content__does_not_answer="Forsikring", content__answers__not_known="", **FIELDS, **TRANSFER
    )
    tobias.go(f"{crisis}/guide")
    expect(tobias.page.get_by_text(NOT_KNOWN).first).to_be_visible()
    assert not tobias.page.locator("form[data-form='guide/fakta'] button[type=submit]:not([disabled])").count()

    # -- filled in, approved by the authority, released by communications: on every desk ---------------
    tobias.go(f"{crisis}/guide/kladde")
    tobias.send("guide/kladde", unknown__not_known="on")
    tobias.go(f"{crisis}/guide")
    tobias.send("guide/fakta")
    frederik.go(f"{crisis}/guide")
    frederik.send("guide/frigiv", reason="Første guide.", channels=CHANNELS)
    released = time.monotonic()
    for ref in AGENTS:
        expect(agents[ref].page.get_by_text(ANSWERS["latest"]).first).to_be_attached()
    record_property("seconds from release to the last of 20 desks", round(time.monotonic() - released, 1))
    for ref in AGENTS[:17]:
        _has_seen(agents[ref].page)

    # -- the list names the three ------------------------------------------------------------------------
    page = dorte.go(f"{crisis}/guide/set")
    expect(page.locator(".seen-count")).to_contain_text("17 af 20 på vagt")
    named = page.locator("[data-seen=now]").inner_text()
    assert [ref for ref in AGENTS if _name(ref) in named] == MISSED

    # -- a new version stops everybody, and who is behind sees what is new -----------------------------
    tobias.go(f"{crisis}/guide/kladde")
    tobias.send("guide/kladde", content__answers__latest="Diget ved Engvej er brudt kl. 22.")
    tobias.go(f"{crisis}/guide")
    tobias.send("guide/fakta")
    frederik.go(f"{crisis}/guide")
    frederik.send("guide/frigiv", reason="Klokkeslættet var forkert.", channels=CHANNELS)
    stopped = agents[AGENTS[0]].page.locator("#desk-dialog")
    expect(stopped).to_be_visible()
    expect(stopped).to_contain_text("Der er kommet en ny version af guiden")
    expect(stopped.locator("ins")).to_contain_text("22.")
    for ref in AGENTS[:5]:
        _has_seen(agents[ref].page)
        _ask(agents[ref].page)
    _has_seen(agents[MISSED[0]].page)

    # -- recalled: exactly who had seen it, and what was asked with it ----------------------------------
    frederik.go(f"{crisis}/guide")
    frederik.send(
        "guide/tilbagekald",
        wrong="Diget ved Engvej er brudt.",
        correction="Diget holder. Det er vejen, der er spærret.",
    )
    for ref in (AGENTS[0], MISSED[2]):
        expect(agents[ref].page.get_by_text("Diget holder. Det er vejen, der er spærret.").first).to_be_visible()
    dorte.page.wait_for_timeout(7_000)  # for five seconds a question can be undone
    page = dorte.go(f"{crisis}/guide/version/2")
    facts = page.locator("section[aria-labelledby=fakta-h]").inner_text()
    saw = [*AGENTS[:5], MISSED[0]]
    assert [ref for ref in AGENTS if _name(ref) in facts] == saw
    assert "6 agenter" in facts
    assert "5 spørgsmål" in facts

    faults = [fault for each in (*agents.values(), asta, tobias, frederik, dorte) for fault in each.faults]
    for each in (*agents.values(), asta, tobias, frederik, dorte):
        each.close()
    assert not faults, "\n".join(faults)


def _has_seen(page: Page) -> None:
    """One press: in the dialog that stops the desk, or in the line that asks."""
    dialog = page.locator("#desk-dialog-seen")
    (dialog if dialog.is_visible() else page.locator(".desk-seen button").first).click()
    expect(page.locator("#desk-said")).to_contain_text("Vi har noteret")


def _ask(page: Page) -> None:
    """A question by keyboard: the first topic, answered, Enter."""
    page.locator("#desk").click(position={"x": 5, "y": 5})
    for key in ("1", "j", "Enter"):
        page.keyboard.press(key)
    expect(page.locator("#desk-said")).to_contain_text("Registreret")


def _name(ref: str) -> str:
    return f"Prøve {ref[-2:]} Skærvad"


def _hire(system: System) -> None:
    """Twenty fictional agents of Fjordbakke."""
    database = SqliteDatabase(sqlite_path(system.data, "drift"))

    def job(conn: Conn) -> None:
        for ref in AGENTS:
            add_person(conn, _name(ref), "9002", by="test", ref=ref, fictional=True)
            open_account(conn, ref, ref, by="test", demo=True)
            give(conn, ref, "call_agent", by="test", municipality="9002")

    database.write_now(job)
    database.close_now()


def _activated(system: System) -> str:
    """The crisis, decided and staffed through the HTTP door; its path."""
    crisis = open_crisis(system)
    terms = DecisionTerms(channels=("contact_centre", "chatbot"))
    propose = ProposeDecision(outcome="activate", terms=terms, grounds="Vandet er inde i byen.")
    _give(system, crisis, propose, "henrik-brisager", "steering_group")
    for ref in ("henrik-brisager", "lone-tangholt", "karin-lyngstroem"):
        _give(system, crisis, CastVote(vote="for", grounds="Enig."), ref, "steering_group")
    staff: tuple[tuple[str, StaffRole], ...] = (
        ("asta-klitvang", "crisis_leader"), ("frederik-maagevang", "communications_lead"),
        ("tobias-havrimmel", "local_information_lead"), ("birgit-vesterklit", "local_leader"),
        ("jonas-tangmark", "log_keeper"), ("dorte-vibeholm", "personnel_lead"),
    )  # fmt: skip
    for ref, role in staff:
        _give(system, crisis, AnswerRoleOffer(role=role, answer="coming"), ref, role)
    return crisis


def _give(system: System, crisis: str, command: Command, person: str, role: str) -> None:
    token = (system.data / "api-token").read_text().strip()
    sent = {
        "type": command.type_name(), "subject": crisis.rpartition("/")[2], "data": command.model_dump(mode="json"),
        "actor": {"person": person, "role": role}, "time": datetime.now(UTC).isoformat(),
    }  # fmt: skip
    with httpx.Client(base_url=system.url, headers={"Authorization": f"Bearer {token}"}, timeout=30) as client:
        answer = client.post("/api/v1/environments/drift/commands", json=sent)
        assert answer.status_code == 202, answer.text
        where = answer.json()["status_url"]
        until = time.monotonic() + 30
        while (told := client.get(where).json())["status"] == "waiting" and time.monotonic() < until:
            time.sleep(0.1)
    assert told["status"] == "decided", told
