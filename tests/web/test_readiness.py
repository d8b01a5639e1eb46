"""Klar-tjek: what is in place, what has grown old, and who may see whose."""

from __future__ import annotations

from pathlib import Path

from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.people import readiness as ready
from ddh_beredskab.people import register
from ddh_beredskab.playbooks.readiness import load_readiness
from tests.projections.stage import ROOT
from tests.web.engine import Desk, desk

READINESS = load_readiness(ROOT / "playbooks")
PATH = "/klar-tjek/9001"


def _states(site: Desk, code: str = "9001") -> dict[str, str]:
    ground = site.stage.database.read_now(ready.read_ground)
    return {point.item.key: point.state for point in ready.points(ground, READINESS, code)}


async def test_what_the_register_knows_is_looked_up_and_follows_it(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        before = _states(site)
        assert before["local_leader"] == "ready"
        assert before["contact_1"] == "ready"

        def nobody_left(conn: Conn) -> None:
            for held in register.positions(conn):
                if held.role == "local_leader" and held.municipality == "9001":
                    register.take(conn, held.id, by="test")
            register.give(conn, "bo-mosegren", "local_leader", by="test", municipality="9001", position="deputy")

        site.stage.write(nobody_left)
        after = _states(site)
        assert (after["local_leader"], after["local_leader_deputy"]) == ("missing", "ready")


async def test_a_municipality_writes_its_own_points_and_sees_no_others(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        birgit, rikke = await site.be("birgit-vesterklit"), await site.be("rikke-klitroe")
        assert (await birgit.get("/klar-tjek")).headers["location"] == PATH
        assert (await birgit.get("/klar-tjek/9002")).status_code == 403
        assert (await birgit.post("/klar-tjek/9002", data={"duty_number": "00 00 11 22"})).status_code == 403
        saved = await birgit.post(
            PATH, data={"duty_number": "00 00 11 22", "tested": "2020-01-02", "local_plan": "yes"}
        )
        assert saved.headers["location"] == f"{PATH}?gjort=klar"
        states = _states(site)
        assert (states["duty_number"], states["local_plan"], states["tested"]) == ("ready", "ready", "old")
        page = (await rikke.get(PATH)).text
        assert "00 00 11 22" in page
        assert "skrevet af Birgit Vesterklit" in page
        assert "Skal ses efter igen" in page
        assert _states(site, "9002")["duty_number"] == "missing"


async def test_what_cannot_be_is_told_and_nothing_is_kept(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        birgit = await site.be("birgit-vesterklit")
        wrong = await birgit.post(PATH, data={"duty_number": "ring bare", "tested": "2090-01-01", "ivr_text": "x"})
        assert wrong.status_code == 422
        assert "Skriv en dag, der har været" in wrong.text
        assert 'value="ring bare"' in wrong.text
        assert _states(site)["ivr_text"] == "missing"


async def test_who_cannot_be_reached_is_told_before_the_crisis(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        rikke = await site.be("rikke-klitroe")
        site.stage.write(lambda conn: register.set_channel(conn, "birgit-vesterklit", "phone", "", by="test"))
        page = (await rikke.get(PATH)).text
        assert "ingen telefon, sms eller mail" in page
        site.stage.write(lambda conn: register.set_channel(conn, "birgit-vesterklit", "sms", "00 00 11 22", by="test"))
        site.stage.write(lambda conn: register.channel_tested(conn, "birgit-vesterklit", "sms", by="test"))
        ground = site.stage.database.read_now(ready.read_ground)
        assert "birgit-vesterklit" not in {each.person for each in ready.unreached(ground, READINESS)}
        assert "/personer/birgit-vesterklit" not in (await rikke.get("/klar-tjek")).text


async def test_an_old_answer_is_looked_at_again_without_typing_it_again(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        birgit = await site.be("birgit-vesterklit")
        await birgit.post(PATH, data={"ivr_who": "Vagten"})

        def long_ago(conn: Conn) -> None:
            conn.run(ready._MARK, municipality="9001", item="ivr_who", value="Vagten", at=1, who="birgit-vesterklit")  # pyright: ignore[reportPrivateUsage]

        site.stage.write(long_ago)
        assert _states(site)["ivr_who"] == "old"
        await birgit.post(PATH, data={"ivr_who": "Vagten"})
        assert _states(site)["ivr_who"] == "old", "nobody said that it still holds"
        await birgit.post(PATH, data={"ivr_who": "Vagten", "set.ivr_who": "on"})
        assert _states(site)["ivr_who"] == "ready"
