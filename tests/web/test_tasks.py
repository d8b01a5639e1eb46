"""Opgaver in the browser: the list says what is overdue, whoever has a task moves it, a card is ticked in its role."""

from __future__ import annotations

import re
from pathlib import Path

from tests.web.engine import desk
from tests.web.test_staff import NIGHT
from tests.web.test_staff import page_of as _page
from tests.web.test_staff import path_of as _path
from tests.web.test_staff import sent as _sent


def _task(page: str, number: int) -> str:
    """A line of the list, as text."""
    _, here, rest = page.partition(f' id="opgave-{number}"')
    assert here, f"no task {number}"
    line = rest.partition(">")[2].partition('<li class="task')[0]
    return " ".join(re.sub(r"<[^>]+>", " ", line).split())


async def test_a_task_goes_from_the_form_to_done_with_all_its_moves_told(night_copy: Path) -> None:
    async with desk(night_copy, environment=NIGHT) as site:
        jonas, path = await site.be("jonas-tangmark"), _path(site)
        empty = await jonas.post(f"{path}/opgaver/ny", data={"text": "", "owner": "dorte-vibeholm"})
        assert empty.status_code == 422
        assert 'href="#opgaver/ny-text"' in empty.text
        form = {"text": "Ring til færgen", "owner": "dorte-vibeholm", "due_at": "2023-10-21T02:10"}
        page = await _sent(jonas, f"{path}/opgaver/ny", **form)
        line = _task(page, 4)
        assert "Afventer Fristen er overskredet fristen var kl. 02.10 ( for 15 min siden ) Ring til færgen" in line
        assert "Ansvarlig: Dorte Vibeholm" in line
        assert page.index('id="opgave-4"') < page.index('id="opgave-3"'), "what is overdue comes first"
        await _sent(jonas, f"{path}/opgaver/status", number="4", status="ongoing", note="Ingen tager den")
        form = {"number": "4", "owner": "jonas-tangmark", "due_at": "2023-10-21T04:00"}
        line = _task(await _sent(jonas, f"{path}/opgaver/ansvar", **form), 4)
        assert "Under udførelse frist kl. 04.00" in line
        assert "Jonas Tangmark (dig)" in line
        assert "2 ændringer" in line
        assert "Ingen tager den" in line
        line = _task(await _sent(jonas, f"{path}/opgaver/status", number="4", status="done"), 4)
        assert line.startswith("Opgave 4 Gennemført")


async def test_whoever_has_a_task_moves_it_and_nobody_else_outside_the_staff(night_copy: Path) -> None:
    async with desk(night_copy, environment=NIGHT) as site:
        path = _path(site)
        birgit, else_, lone = [await site.be(who) for who in ("birgit-vesterklit", "else-kornvang", "lone-tangholt")]
        assert "Sæt i gang" in _task(await _page(birgit, f"{path}/opgaver"), 3)
        assert "Kommunen ser til borgere" in await _page(birgit, f"{path}/stab"), (
            "one's own tasks stand on one's own part"
        )
        assert "Sæt i gang" not in _task(await _page(else_, f"{path}/opgaver"), 3)
        assert (await else_.post(f"{path}/opgaver/status", data={"number": "3", "status": "done"})).status_code == 403
        assert "Sæt i gang" not in _task(await _page(lone, f"{path}/opgaver"), 3)
        refused = await lone.post(f"{path}/opgaver/status", data={"number": "3", "status": "done"})
        assert refused.status_code == 409
        page = await _sent(birgit, f"{path}/opgaver/status", number="3", status="done", note="Alle er set til")
        assert "Gennemført" in _task(page, 3)
        assert (await (await site.be("mona-baeklund")).get(f"{path}/opgaver")).status_code == 403


async def test_ones_own_card_comes_first_and_is_ticked_and_unticked(night_copy: Path) -> None:
    async with desk(night_copy, environment=NIGHT) as site:
        dorte, path = await site.be("dorte-vibeholm"), _path(site)
        page = await _page(dorte, f"{path}/opgaver")
        assert page.index('id="kort-personnel_lead"') < page.index('id="kort-crisis_leader"')
        assert 'id="tick-personnel_lead-2"' in page
        assert 'id="tick-crisis_leader-1"' not in page, "somebody else's card"
        page = await _sent(dorte, f"{path}/opgaver/kort", role="personnel_lead", tick="2+")
        assert "1 af 5 gjort" in page
        assert "gjort af Dorte Vibeholm kl. 02.25" in page
        page = await _sent(dorte, f"{path}/opgaver/kort", role="personnel_lead", tick="2-")
        assert "1 af 5 gjort" not in page
        other = await dorte.post(f"{path}/opgaver/kort", data={"role": "crisis_leader", "tick": "1+"})
        assert other.status_code == 409


async def test_one_of_two_bodies_ticks_each_card_in_its_own_role(night_copy: Path) -> None:
    """Henrik is both of the steering group and of the strategic leadership."""
    async with desk(night_copy, environment=NIGHT) as site:
        henrik, path = await site.be("henrik-brisager"), _path(site)
        for role in ("steering_group", "strategic_leadership"):
            page = await _sent(henrik, f"{path}/opgaver/kort", role=role, tick="1+")
            assert "Det er gemt." in page, role
        assert page.count("gjort af Henrik Brisager") == 2


async def test_the_log_keeper_ticks_for_others(night_copy: Path) -> None:
    async with desk(night_copy, environment=NIGHT) as site:
        jonas = await site.be("jonas-tangmark")
        page = await _sent(jonas, f"{_path(site)}/opgaver/kort", role="process_lead", tick="1+")
        assert "gjort af Jonas Tangmark" in page
