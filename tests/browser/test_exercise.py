"""Six people and a drill leader run half an hour of the surge at 30x on the real embedded system, by clicking.

Two planned injects and one made up on the way; one role is taken in time, one expected guide never comes, and the
evaluator judges the third. Nobody's console may complain, and axe finds nothing on the pages of the drill.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, cast

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browser.report_by_hand import hold_against_the_journal
from tests.browser.system import Person, System

LEADER, EVALUATOR = "svend-aagaardsmose", "else-kornvang"
CHIEF, KEEPER, TALKER = "asta-klitvang", "jonas-tangmark", "frederik-maagevang"
STAFF, LOCAL, FACTS = "dorte-vibeholm", "birgit-vesterklit", "tobias-havrimmel"
CAST = (CHIEF, KEEPER, TALKER, STAFF, LOCAL, FACTS)
ABSENT, LINK = "kriseleder-svarer-ikke", "forkert-link"


@pytest.fixture
def phones() -> frozenset[str]:
    return frozenset({KEEPER, FACTS})


def plan(leader: Person) -> str:
    """Choose and make ready; the address of the drill."""
    page = leader.go("/oevelser/ny")
    _look_over(page)
    page.get_by_label("Krisestyringsøvelse").check()
    page.get_by_label("Stormflod ved Strandby").check()
    page.get_by_role("button", name="Videre").click()
    page.get_by_label("Hvad hedder øvelsen?").fill("Aftenens øvelse")
    page.get_by_label("Else Kornvang").check()
    page.locator("[name=starts_at]").fill("2023-10-21T00:19")
    page.locator("[name=ends_at]").fill("2023-10-21T00:50")
    page.locator("[name=speed]").select_option("30")
    # Whoever has a role to daily use is suggested for it; these three are left to the recording.
    for part in ("rikke-klitroe", "signe-havtorn", "kasper-pynten"):
        field = page.locator(f"[name='cast.{part}']")
        expect(field).to_have_value(part)
        field.select_option("")
    ticked = page.locator("[name=inject]:checked").evaluate_all("boxes => boxes.map((box) => box.value)")
    for key in set(ticked) - {ABSENT, LINK}:
        page.locator(f"[name=inject][value={key}]").uncheck()
    _look_over(page)
    page.get_by_role("button", name="Gør klar").click()
    page.wait_for_url(re.compile(r"/oevelse/oevelse\.stormflod-2023-\d+/leder"))
    return "/oevelse/" + page.url.split("/oevelse/")[1].split("/")[0]


def press(page: Page, name: str) -> None:
    """A button of the leader's page, and what it says it did."""
    page.get_by_role("button", name=name, exact=True).first.click()
    expect(page.locator("#besked")).to_be_visible()


def _look_over(page: Page) -> None:
    """No fault of accessibility on the page as it stands."""
    found = cast("Any", Axe().run(page)).response["violations"]  # pyright: ignore[reportUnknownMemberType]
    assert not found, "\n".join(f"{page.url}: {each['id']}: {each['nodes'][0]['html'][:160]}" for each in found)


def _fits(page: Page) -> None:
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{page.url}: {wide} px too wide"


@pytest.mark.timeout(300)
def test_half_an_hour_with_six_people_two_injects_and_one_made_up(
    people: Callable[[str], Person], system: System
) -> None:
    leader, evaluator = people(LEADER), people(EVALUATOR)
    drill = plan(leader)
    lead = leader.page
    expect(lead.get_by_text("Klar, ikke begyndt")).to_be_visible()

    for ref in CAST:  # the way there stands on the first page
        page = people(ref).go("/")
        page.get_by_role("link", name="Aftenens øvelse").click()
        expect(page.get_by_text("Øvelsen er ikke begyndt")).to_be_visible()
        _fits(page)
    expect(lead.get_by_text("er her nu")).to_have_count(len(CAST), timeout=15_000)

    # The recording activates, the two wait; the first inject comes by itself, the keeper sees it without a reload.
    press(lead, "Start")
    keeper, chief = people(KEEPER).page, people(CHIEF).page
    expect(keeper.get_by_text("Kriselederen kan ikke nås")).to_be_visible(timeout=30_000)
    _look_over(keeper)
    press(lead, "Pause")
    expect(chief.get_by_text("Uret står stille")).to_be_visible(timeout=10_000)
    clock = chief.locator("[data-exercise-clock]").inner_text()
    crisis = str(chief.locator("a[href^='/krise/']").first.get_attribute("href")).split("?")[0]
    crisis = "/".join(crisis.split("/")[:4])

    # Those who are asked take their roles while the clock stands.
    for ref, role in ((CHIEF, "crisis_leader"), (KEEPER, "log_keeper")):
        people(ref).go(f"{crisis}/stab")
        people(ref).send(f"stab/svar-{role}", "Kommer")
    people(CHIEF).go(f"{crisis}/guide")
    people(CHIEF).send("guide/foerstebesked", line__0="Det ved vi: Strandby er ramt af stormflod. Vandet topper i nat.")
    assert people(CHIEF).go(drill).locator("[data-exercise-clock]").inner_text() == clock, "paused, it stands"

    # One made up on the way, for the crisis leader.
    _look_over(lead)
    press(lead, "Fortsæt")
    lead.locator("#nyt > summary").click()
    form = lead.locator("form[data-form=new_inject]")
    form.locator("[name=text]").fill("Ministeren ringer og vil vide, hvem der leder staben.")
    form.locator("[name=to][value=crisis_leader]").check()
    form.locator("[name='expect.text']").fill("Ministeren er henvist, og det står i loggen")
    form.get_by_role("button", name="Tilføj indspillet").click()
    expect(lead.locator("#besked")).to_be_visible()
    expect(chief.get_by_text("Ministeren ringer og vil vide").first).to_be_visible(timeout=15_000)

    # Jump to the second; nobody releases the guide it asks for; then it ends by itself at its planned time.
    press(lead, "Spring til næste indspil")
    expect(people(FACTS).page.get_by_text("Linket i varslingen virker ikke")).to_be_visible(timeout=30_000)
    expect(lead.get_by_text("Slut", exact=True)).to_be_visible(timeout=60_000)
    expect(people(LOCAL).page.get_by_text("Tak, fordi du var med.")).to_be_visible(timeout=10_000)

    # What was expected: done in time, judged by the evaluator with the log at hand, and missing.
    page = evaluator.go(f"{drill}/leder")
    expect(_inject(page, ABSENT)).to_contain_text("udført")
    expect(_inject(page, ABSENT)).to_contain_text("Log nr.")
    expect(_inject(page, LINK)).to_contain_text("mangler")
    third = page.locator("li.inject", has_text="Ministeren ringer og vil vide")
    expect(third).to_contain_text("venter")
    third.locator("summary", has_text="Vurder").click()
    third.get_by_label("udført").check()
    third.locator("[name=entries]").fill("1")
    third.get_by_role("button", name="Gem vurderingen").click()
    expect(third).to_contain_text("vurderet af Else Kornvang")
    page.get_by_label("Hvad så du?").fill("Roligt, og alle talte sammen.")
    page.get_by_role("button", name="Gem observationen").click()
    expect(page.get_by_text("Roligt, og alle talte sammen.")).to_be_visible()
    _look_over(page)

    # Afterwards: the survey for those who took part, the report for those who lead.
    expect(people(STAFF).page.get_by_role("link", name="Svar på spørgeskemaet (ét minut)")).to_be_visible()
    report = leader.go(f"{drill}/evaluering")
    done, missed = "Udført", "Mangler"
    told = {"Kriselederen kan ikke nås: ": done, "Linket i varslingen virker ikke: ": missed, "Ministeren": done}
    for title, outcome in told.items():
        expect(report.get_by_role("row", name=title).filter(has_text=outcome).first).to_be_visible()
    expect(report.get_by_text("Roligt, og alle talte sammen.").first).to_be_visible()
    as_file = leader.context.request.get(f"{drill}/evaluering.json").json()
    environment = drill.rsplit("/", 1)[1]
    assert not hold_against_the_journal(system, environment, as_file)
    first = next(each for each in as_file["crises"][0]["scores"] if each["key"] == "first_message")
    first["result"]["value"] += 1
    assert len(hold_against_the_journal(system, environment, as_file)) == 1, "a wrong figure would be seen"
    assert leader.context.request.get(f"{drill}/evaluering.pdf").body().startswith(b"%PDF-")


def _inject(page: Page, key: str) -> Locator:
    return page.locator(f"#indspil-{key}")
