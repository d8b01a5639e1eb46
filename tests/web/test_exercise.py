"""Planning, leading and taking part in a drill on the pages: what is made, what the leader turns, who sees what."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from ddh_beredskab.drills import injects
from ddh_beredskab.drills.controls import control
from ddh_beredskab.drills.notes import notes
from ddh_beredskab.drills.plan import Plan, planned
from ddh_beredskab.journal.clock_row import set_clock
from ddh_beredskab.journal.database import SqliteDatabase, environments_in, sqlite_path
from tests.projections.stage import ROOT
from tests.web.engine import Desk, desk

BEGINS = datetime(2023, 10, 20, 22, 5, tzinfo=UTC)
LEADER, SECRETARIAT, EVALUATOR = "svend-aagaardsmose", "rikke-klitroe", "else-kornvang"
CRISIS_LEADER, LOG_KEEPER = "asta-klitvang", "jonas-tangmark"
FORM: dict[str, Any] = {
    "recording": "stormflod-2023",
    "template": "procedure",
    "title": "Årets øvelse",
    "leader": LEADER,
    "watchers": [EVALUATOR],
    "starts_at": "2023-10-21T00:05",
    "ends_at": "2023-10-21T01:05",
    "speed": "30",
    "skip_quiet": "on",
    f"cast.{CRISIS_LEADER}": CRISIS_LEADER,
    f"cast.{LOG_KEEPER}": LOG_KEEPER,
    "inject": ["kriseleder-svarer-ikke", "rygte-dige", "afleveret-mundtligt", "kanal-proevet"],
}


class Drill:
    """The journal of a drill that was planned on the page."""

    def __init__(self, site: Desk, environment: str) -> None:
        self.site, self.environment = site, environment
        self.base = f"/oevelse/{environment}"
        self.database = SqliteDatabase(sqlite_path(site.data, environment))

    def plan(self) -> Plan:
        found = self.database.read_now(planned)
        assert found is not None
        return found

    def held(self, key: str) -> injects.Held:
        return next(each for each in self.database.read_now(injects.all_injects) if each.inject.key == key)

    def deliver(self, key: str, at: datetime) -> None:
        self.database.write_now(lambda conn: injects.deliver(conn, key, at))

    def clock(self, at: datetime) -> None:
        self.database.write_now(lambda conn: set_clock(conn, "fast", at))


async def made(site: Desk, **other: Any) -> Drill:
    """An exercise made on the page by the drill leader."""
    leader = await site.be(LEADER)
    answer = await leader.post("/oevelser/ny", data={**FORM, **other})
    assert answer.status_code == 303, answer.text
    address = answer.headers["location"]
    found = re.match(r"/oevelse/(oevelse\.stormflod-2023-\d+)/leder", address)
    assert found is not None, address
    return Drill(site, found[1])


def drills_in(data: Path) -> list[str]:
    return [name for name in environments_in(data) if name != "drift"]


async def press(client: httpx.AsyncClient, address: str, **fields: Any) -> httpx.Response:
    return await client.post(address, data=fields)


# -- planning -------------------------------------------------------------------------------------


async def test_what_is_chosen_on_the_page_is_the_plan_and_nothing_is_made_before(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        leader = await site.be(LEADER)
        first = await leader.get("/oevelser/ny")
        assert "Stormflod ved Strandby" in first.text
        assert "Dilemmaøvelse" in first.text
        form = await leader.get("/oevelser/ny?optagelse=stormflod-2023&skabelon=procedure")
        assert form.status_code == 200
        assert 'value="2023-10-21T00:05"' in form.text, "it begins a little before the first decision"
        assert "Kriselederen kan ikke nås" in form.text
        assert drills_in(tmp_path) == []
        drill = await made(site)
        plan = drill.plan()
        assert (plan.starts_at, plan.ends_at) == (BEGINS, BEGINS + timedelta(hours=1))
        assert dict(plan.cast) == {CRISIS_LEADER: CRISIS_LEADER, LOG_KEEPER: LOG_KEEPER}
        assert (plan.leader, plan.watchers, plan.speed, plan.skip_quiet) == (LEADER, (EVALUATOR,), 30, True)
        keys = {each.key: each for each in plan.injects}
        assert set(keys) == set(FORM["inject"])
        assert keys["afleveret-mundtligt"].at == BEGINS + timedelta(minutes=20), "a template counts from the take-over"
        assert keys["kanal-proevet"].after is not None
        state = drill.database.read_now(control)
        assert state is not None
        assert state.state == "waiting"


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"title": ""}, "exercise-title"),
        ({"ends_at": "2023-10-20T23:00"}, "exercise-ends_at"),
        ({"starts_at": "2024-10-21T00:05"}, "exercise-starts_at"),
        ({"speed": "90"}, "Vælg en af hastighederne"),
        ({f"cast.{CRISIS_LEADER}": "", f"cast.{LOG_KEEPER}": ""}, "Giv mindst én rolle"),
        ({f"cast.{CRISIS_LEADER}": "findes-ikke"}, "findes-ikke"),
        ({"starts_at": "2023-10-21T00:40"}, "Kriselederen kan ikke nås"),
    ],
)
async def test_what_cannot_be_is_told_beside_its_field_and_nothing_typed_is_lost(
    tmp_path: Path, other: dict[str, Any], told: str
) -> None:
    async with desk(tmp_path) as site:
        leader = await site.be(LEADER)
        answer = await leader.post("/oevelser/ny", data={**FORM, **other})
        assert answer.status_code == 422
        assert told in answer.text
        assert "form-summary" in answer.text
        if "title" not in other:
            assert "Årets øvelse" in answer.text
        assert drills_in(tmp_path) == []


# -- leading --------------------------------------------------------------------------------------


async def test_the_leader_turns_the_clock_and_an_exercise_that_is_over_is_not_begun_again(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        drill, leader = await made(site), await site.be(LEADER)
        at = f"{drill.base}/styr"

        async def now(**fields: str) -> tuple[str, float | None, datetime | None]:
            answer = await press(leader, at, **fields)
            assert answer.status_code == 303, answer.text
            found = drill.database.read_now(control)
            assert found is not None
            assert found.changed_by == LEADER
            return found.state, found.speed, found.jump_to

        assert await now(do="go") == ("running", 30, None)
        assert await now(do="speed", speed="5") == ("running", 5, None)
        assert await now(do="pause") == ("paused", 5, None)
        assert await now(do="jump") == ("paused", 5, drill.held("kriseleder-svarer-ikke").due_at)
        assert (await press(leader, at, do="speed", speed="7")).status_code == 422
        assert (await press(leader, at, do="end")).status_code == 422, "it asks whether one is sure"
        assert (await now(do="end", sure="on"))[0] == "ended"
        assert (await press(leader, at, do="go")).status_code == 422
        assert "Evalueringsrapport" in (await leader.get(f"{drill.base}/leder")).text


async def test_injects_are_sent_put_off_skipped_repeated_and_made_up(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        drill, leader = await made(site), await site.be(LEADER)
        drill.clock(BEGINS)
        at = f"{drill.base}/indspil"
        rumour = drill.held("rygte-dige").due_at
        assert rumour is not None
        assert (await press(leader, at, key="rygte-dige", do="later")).status_code == 303
        assert drill.held("rygte-dige").due_at == rumour + timedelta(minutes=10)
        assert (await press(leader, at, key="rygte-dige", do="send")).status_code == 303
        assert drill.held("rygte-dige").due_at == BEGINS, "due now; the driver delivers it"
        assert (await press(leader, at, key="kanal-proevet", do="skip")).status_code == 303
        assert drill.held("kanal-proevet").state == "skipped"
        drill.deliver("rygte-dige", BEGINS)
        assert (await press(leader, at, key="rygte-dige", do="skip")).status_code == 422, "it has come"
        assert (await press(leader, at, key="rygte-dige", do="repeat")).status_code == 303
        assert drill.held("rygte-dige.2").improvised
        assert (await press(leader, at, key="findes-ikke", do="send")).status_code == 422

        form = {"id": "0193a1b2-0000-7000-8000-00000000abcd", "text": "Ministeren ringer.", "to": ["crisis_leader"],
                "channel": "phone", "minutes": "5", "expect.text": "Henvist", "expect.owner": "crisis_leader",
                "expect.within_minutes": "10"}  # fmt: skip
        for _ in range(2):  # pressed twice is one inject
            assert (await press(leader, f"{at}/nyt", **form)).status_code == 303
        new = [
            each for each in drill.database.read_now(injects.all_injects) if each.inject.text == "Ministeren ringer."
        ]
        assert len(new) == 1
        assert new[0].improvised
        assert new[0].due_at == BEGINS + timedelta(minutes=5)
        assert new[0].inject.expect is not None
        assert new[0].inject.title == "Ministeren ringer"
        empty = await press(leader, f"{at}/nyt", text="", channel="phone")
        assert empty.status_code == 422
        assert "new_inject-text" in empty.text
        assert "new_inject-to" in empty.text


async def test_an_evaluator_judges_with_log_numbers_and_notes_with_the_drill_s_time_and_turns_nothing(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as site:
        drill, evaluator = await made(site), await site.be(EVALUATOR)
        drill.clock(BEGINS + timedelta(minutes=20))
        drill.deliver("rygte-dige", BEGINS + timedelta(minutes=17))
        page = await evaluator.get(f"{drill.base}/leder")
        assert page.status_code == 200
        assert "Send nu" not in page.text
        assert (await press(evaluator, f"{drill.base}/styr", do="go")).status_code == 403
        judge = f"{drill.base}/dom"
        assert (await press(evaluator, judge, key="rygte-dige", verdict="done", entries="")).status_code == 422
        told = await press(evaluator, judge, key="rygte-dige", verdict="late", entries="nr. 14, 12", note="Sent.")
        assert told.status_code == 303
        held = drill.held("rygte-dige")
        assert (held.verdict, held.evidence, held.judged_by, held.note) == ("late", (12, 14), EVALUATOR, "Sent.")
        assert (await press(evaluator, judge, key="afleveret-mundtligt", verdict="missed")).status_code == 422
        assert (await press(evaluator, f"{drill.base}/noter", text="Roligt rum, 010190-1234.")).status_code == 303
        (note,) = drill.database.read_now(notes)
        assert (note.who, note.clock) == (EVALUATOR, BEGINS + timedelta(minutes=20))
        assert "1234" not in note.text, "what looks like a CPR number is struck out here too"
        assert "Roligt rum" in (await evaluator.get(f"{drill.base}/leder")).text


# -- taking part ----------------------------------------------------------------------------------


async def test_a_participant_sees_what_reached_the_part_and_nothing_of_what_is_to_come(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        drill = await made(site)
        drill.clock(BEGINS + timedelta(minutes=50))
        drill.deliver("rygte-dige", BEGINS + timedelta(minutes=45))
        keeper, chief = await site.be(LOG_KEEPER), await site.be(CRISIS_LEADER)
        mine = (await keeper.get(drill.base)).text
        assert "Du er logfører" in mine
        assert "Rygte: diget ved Klitby er brudt" in mine
        assert "kl.\u00a000.50" in mine
        assert "Ny</span>" in mine
        assert "Til evaluatoren" not in mine
        assert "Forventet" not in mine
        assert "Kriselederen kan ikke nås" not in mine
        assert "Rygte: diget" not in (await chief.get(drill.base)).text, "it is not for the crisis leader"
        hidden = await keeper.get(f"{drill.base}/leder")
        assert hidden.status_code == 403
        assert (await press(keeper, f"{drill.base}/styr", do="go")).status_code == 403
        assert "Øvelsen er ikke begyndt" in mine


async def test_somebody_who_plans_and_takes_part_does_not_see_what_is_to_come_unless_they_lead(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        drill = await made(site, **{f"cast.{SECRETARIAT}": SECRETARIAT})
        plays = await site.be(SECRETARIAT)
        told = await plays.get(f"{drill.base}/leder")
        assert told.status_code == 403
        assert "Du er deltager" in told.text
        assert (await press(plays, f"{drill.base}/styr", do="end", sure="on")).status_code == 403
        led = await made(site, leader=SECRETARIAT, **{f"cast.{SECRETARIAT}": SECRETARIAT})
        assert (await plays.get(f"{led.base}/leder")).status_code == 200


async def test_the_way_to_a_running_exercise_stands_on_the_first_page_of_those_in_it(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        drill = await made(site)
        keeper, leader, outside = await site.be(LOG_KEEPER), await site.be(LEADER), await site.be("bo-mosegren")
        assert f'href="{drill.base}"' in (await keeper.get("/")).text
        assert f'href="{drill.base}/leder"' in (await leader.get("/")).text
        assert drill.base not in (await outside.get("/")).text
        listed = (await keeper.get("/oevelser")).text
        assert listed.index("Dem, du er med i") < listed.index("Årets øvelse")
        assert f'href="{drill.base}/leder"' not in listed
        assert "Årets øvelse" in (await outside.get("/oevelser")).text
        await press(leader, f"{drill.base}/styr", do="end", sure="on")
        assert drill.base not in (await keeper.get("/")).text


async def test_every_page_of_an_exercise_carries_the_band_and_there_is_no_exercise_in_the_operation(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as site:
        drill, leader = await made(site), await site.be(LEADER)
        for path in (drill.base, f"{drill.base}/leder"):
            text = (await leader.get(path)).text
            assert "drill-band" in text, path
            assert "<title>ØVELSE" in text, path
        assert (await leader.get("/oevelse/drift")).status_code == 404
        assert (await leader.get("/oevelse/drift/leder")).status_code == 404
        english = await leader.get(f"{drill.base}/leder?lang=en")
        assert "Injects to come" in english.text


async def test_the_band_of_every_page_leads_to_one_s_own_and_knows_when_something_has_come(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        drill = await made(site)
        keeper, outside = await site.be(LOG_KEEPER), await site.be("bo-mosegren")
        vagt = f"/vagt/{drill.environment}"
        assert f'data-exercise="{drill.base}/beskeder"' in (await keeper.get(vagt)).text
        assert 'data-exercise="' not in (await outside.get(drill.base)).text
        assert (await keeper.get(f"{drill.base}/beskeder")).json()["count"] == 0
        drill.deliver("rygte-dige", BEGINS)
        told = (await keeper.get(f"{drill.base}/beskeder")).json()
        assert (told["count"], told["title"]) == (1, "Rygte: diget ved Klitby er brudt")
        assert (await (await site.be(CRISIS_LEADER)).get(f"{drill.base}/beskeder")).json()["count"] == 0


async def test_a_mistake_in_the_templates_is_told_with_its_line_where_one_plans(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "playbooks"
    shutil.copytree(ROOT / "playbooks", folder)
    text = (folder / "exercises.yaml").read_text(encoding="utf-8")
    (folder / "exercises.yaml").write_text(text.replace("to: [personnel_lead]", "to: [personaleleder]", 1), "utf-8")
    monkeypatch.setenv("DDH_PLAYBOOKS", str(folder))
    async with desk(tmp_path / "data") as site:
        told = await (await site.be(LEADER)).get("/oevelser/ny")
        assert told.status_code == 503
        assert "exercises.yaml:" in told.text
        assert "personaleleder" in told.text


async def test_with_two_crises_the_page_says_which_an_inject_is_about_and_asks_for_a_new_one(tmp_path: Path) -> None:
    two = {
        "recording": "to-kommuner-2025", "starts_at": "2025-11-12T09:05", "ends_at": "2025-11-12T11:15",
        "inject": ["hedeby-vil-have-flere", "naerstrand-falsk-sms"],
    }  # fmt: skip
    async with desk(tmp_path) as site:
        leader = await site.be(LEADER)
        answer = await leader.post("/oevelser/ny", data={**FORM, **two})
        assert answer.status_code == 303, answer.text
        drill = Drill(site, answer.headers["location"].split("/")[2])
        page = (await leader.get(f"{drill.base}/leder")).text
        assert "Hvilken krise handler det om?" in page
        assert re.search(r"Om: <span lang=\"da\">Krise 2</span>", page), "nobody has given it a title yet"
        form = {"text": "Ministeren ringer.", "to": ["crisis_leader"], "channel": "phone", "minutes": "5"}
        assert (await press(leader, f"{drill.base}/indspil/nyt", **form, crisis="2")).status_code == 303
        new = next(each for each in drill.database.read_now(injects.all_injects) if each.improvised)
        assert new.inject.crisis == 2
        assert (await press(leader, f"{drill.base}/indspil/nyt", **form, crisis="0")).status_code == 422
        too_many = await press(leader, f"{drill.base}/indspil/nyt", **form, crisis="3")
        assert (too_many.status_code, "Antal kriser i den: 2" in too_many.text) == (422, True)
        drill.deliver("naerstrand-falsk-sms", datetime(2025, 11, 12, 9, 50, tzinfo=UTC))
        assert (await leader.get(f"{drill.base}/leder")).status_code == 200, "with what has come beneath the form"
    async with desk(tmp_path / "one") as site:
        drill = await made(site)
        assert "Hvilken krise" not in (await (await site.be(LEADER)).get(f"{drill.base}/leder")).text
