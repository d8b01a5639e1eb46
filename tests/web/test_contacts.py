"""Kontakter in the browser: who holds which line, personal data for the staff alone, and where the staff meets."""

from __future__ import annotations

from pathlib import Path

from tests.web.engine import desk
from tests.web.test_staff import CALL_OUT, CALLED_OUT, NIGHT
from tests.web.test_staff import page_of as _page
from tests.web.test_staff import path_of as _path
from tests.web.test_staff import sent as _sent

FORM = {
    "organisation": "Forsyningen i Strandby",
    "function": "Pumper",
    "name": "Vibe Opdigtet",
    "phone": "00 00 99 99",
    "held_by": "asta-klitvang",
}


async def test_a_contact_is_added_changed_and_closed_and_stays_on_the_list(night_copy: Path) -> None:
    async with desk(night_copy, environment=NIGHT) as site:
        rikke, path = await site.be("rikke-klitroe"), _path(site)
        missing = await rikke.post(f"{path}/kontakter/ny", data=FORM | {"organisation": ""})
        assert missing.status_code == 422
        assert "Vibe Opdigtet" in missing.text
        page = await _sent(rikke, f"{path}/kontakter/ny", **FORM)
        assert '<a href="tel:00009999">00 00 99 99</a>' in page
        assert "Asta Klitvang" in page
        page = await _sent(rikke, f"{path}/kontakter/ret", **FORM, number="1", note="Ring kun om dagen")
        assert "Ring kun om dagen" in page
        assert "Rettet af Rikke Klitrø kl. 02.25." in page
        page = await _sent(rikke, f"{path}/kontakter/luk", number="1", note="Pumperne er væk")
        assert "1 lukket kontakt" in page
        assert "Pumperne er væk" in page
        assert 'id="ret-1"' not in page


async def test_names_and_numbers_are_for_the_staff_alone(night_copy: Path) -> None:
    async with desk(night_copy, environment=NIGHT) as site:
        path = _path(site)
        await _sent(await site.be("asta-klitvang"), f"{path}/kontakter/ny", **FORM)
        for person in ("tobias-havrimmel", "else-kornvang", "lone-tangholt"):
            page = await _page(await site.be(person), f"{path}/kontakter")
            assert "Forsyningen i Strandby" in page
            assert "Vibe Opdigtet" not in page, person
            assert "00 00 99 99" not in page, person
            assert "kontakter/ny" not in page, person
        assert "Vibe Opdigtet" in await _page(await site.be("jonas-tangmark"), f"{path}/kontakter")
        assert (await (await site.be("mona-baeklund")).get(f"{path}/kontakter")).status_code == 403


async def test_where_the_staff_meets_stands_on_the_staff_s_page_and_by_the_offer(tmp_path: Path) -> None:
    async with desk(tmp_path, environment=CALL_OUT, play=True, until=CALLED_OUT) as site:
        rikke, path = await site.be("rikke-klitroe"), _path(site)
        unsafe = {"teams_url": "http://teams.example/moede", "phone_bridge": "00 00 12 34", "phone_code": "77"}
        refused = await rikke.post(f"{path}/kontakter/moedested", data=unsafe)
        assert refused.status_code == 409
        assert 'value="http://teams.example/moede"' in refused.text
        link = "https://teams.example.invalid/moede"
        await _sent(rikke, f"{path}/kontakter/moedested", **unsafe | {"teams_url": link})
        page = await _page(await site.be("asta-klitvang"), f"{path}/stab")
        assert "Du er spurgt" in page
        assert f'href="{link}"' in page
        assert "kode 77" in page
        outside = await _page(await site.be("mona-baeklund"), f"{path}/stab")
        assert link not in outside
