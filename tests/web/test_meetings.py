"""Staff meetings in the browser: the agenda filled in, minutes amended, approved, and then in the log."""

from __future__ import annotations

from pathlib import Path

from ddh_beredskab.web.people_here import Somebody
from tests.web.engine import Desk, desk
from tests.web.test_pages import nothing_missing, text_of

__all__ = ["nothing_missing"]

ASTA, JONAS, LINE = "asta-klitvang", "jonas-tangmark", "line-oestersand"


def path_of(site: Desk) -> str:
    return f"/krise/oevelse.surge/{site.stage.crisis}"


async def test_a_meeting_is_held_amended_and_approved_and_its_points_are_in_the_log(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        jonas, asta, path = await site.be(JONAS), await site.be(ASTA), path_of(site)
        number = 2
        new = await jonas.get(f"{path}/moeder/nyt")
        assert f"Møde {number}" in new.text
        assert f'value="{ASTA}" checked' in new.text
        assert "Aktionslisten: afventer" in new.text
        form = {
            "number": str(number),
            "back": f"{path}/moeder/{number}",
            "attendance": [ASTA, JONAS, LINE],
            "points.0.point": "Hvad er ændret siden sidste situationsbillede?",
            "points.0.text": "Vandet er stoppet med at stige.",
            "points.1.point": "Aktionslisten",
            "points.1.text": "",
            "points.3.point": "Beslutninger",
            "points.3.decision": "Vi holder åbent hele lørdagen.",
            "next_meeting_at": "2023-10-21T04:45",
        }
        held = await jonas.post(f"{path}/moeder/hold", data=form)
        assert held.status_code == 303, text_of(held)
        page = text_of(await jonas.get(held.headers["location"]))
        assert "Venter på godkendelse" in page
        assert "Asta Klitvang, Jonas Tangmark, Line Østersand" in page
        assert "Aktionslisten" not in page
        assert "Vi holder åbent hele lørdagen." in page

        assert (await jonas.post(f"{path}/moeder/godkend", data={"number": "2"})).status_code == 403
        amended = form | {"points.0.text": "Vandet er stoppet med at stige kl. 02.20."}
        assert (await jonas.post(f"{path}/moeder/ret", data=amended)).status_code == 303
        assert "kl. 02.20" in (await asta.get(f"{path}/moeder/2/ret")).text
        assert (await asta.post(f"{path}/moeder/godkend", data={"number": "2"})).status_code == 303
        done = text_of(await asta.get(f"{path}/moeder/2"))
        assert "Godkendt af Asta Klitvang" in done
        assert "rettet af Jonas Tangmark" in done
        assert "Ret referatet" not in done
        assert "Vandet er stoppet med at stige kl. 02.20." in text_of(await asta.get(f"{path}/log"))


async def test_minutes_without_anybody_present_or_a_point_without_a_name_come_back_with_what_was_typed(
    night_copy: Path,
) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        jonas, path = await site.be(JONAS), path_of(site)
        form = {"number": "2", "points.8.point": "", "points.8.text": "Naboerne spørger efter sandsække."}
        again = await jonas.post(f"{path}/moeder/hold", data=form)
        assert again.status_code == 422
        assert "Naboerne spørger efter sandsække." in again.text
        assert 'href="#moeder/hold-attendance"' in again.text
        assert "Skriv, hvad punktet hedder." in again.text
        assert "Møde 2" not in text_of(await jonas.get(f"{path}/moeder")).split("Holdte møder")[1]


async def test_minutes_whose_number_was_taken_meanwhile_come_back_whole_with_the_next_number(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        jonas, line, path = await site.be(JONAS), await site.be(LINE), path_of(site)
        form = {"number": "2", "attendance": [JONAS], "points.0.point": "Andet", "points.0.text": "Kort møde."}
        assert (await line.post(f"{path}/moeder/hold", data=form)).status_code == 303
        mine = form | {"points.0.text": "Det samme møde, skrevet af en anden."}
        clash = await jonas.post(f"{path}/moeder/hold", data=mine)
        assert clash.status_code == 409
        assert "Det samme møde, skrevet af en anden." in clash.text
        assert 'name="number" value="3"' in clash.text


async def test_only_the_staff_holds_meetings_and_the_others_read_why_not(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        path = path_of(site)
        rikke = await site.be("rikke-klitroe")
        assert "Det hører til en anden rolle end din." in (await rikke.get(f"{path}/moeder")).text
        assert (await rikke.get(f"{path}/moeder/nyt")).status_code == 403
        assert (await rikke.get(f"{path}/moeder/1")).status_code == 200
        assert (await rikke.get(f"{path}/moeder/99")).status_code == 404
        agent = await site.be("mona-baeklund")
        assert (await agent.get(f"{path}/moeder")).status_code == 403


def test_somebody_is_told_with_what_he_is_here() -> None:
    assert Somebody("a", "Åse Prøve", ("Logfører",)).label == "Åse Prøve (Logfører)"
    assert Somebody("a", "Åse Prøve", ()).label == "Åse Prøve"
