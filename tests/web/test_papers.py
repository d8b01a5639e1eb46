"""The paper twin: what is on it, where it lies, and that it is never half a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from ddh_beredskab.reports import press
from ddh_beredskab.reports.paper import BLANK_LINES, next_numbers
from ddh_beredskab.web.paper_keeper import PaperKeeper
from schemas.logbook import WriteLogEntry
from tests.web.engine import Desk, desk


def _keeper(site: Desk) -> PaperKeeper:
    transport: Any = site.client._transport  # pyright: ignore[reportPrivateUsage] - the application is behind it
    return cast("PaperKeeper", transport.app.state.site.papers)


@pytest.mark.parametrize(
    ("used", "next_"),
    [([], (1, 1)), ([None, "P1-1", "P1-9", "P1-10"], (1, 11)), (["P1-7", "P2-1", "noget"], (2, 2))],
)
def test_a_number_on_paper_is_never_used_twice(used: list[str | None], next_: tuple[int, int]) -> None:
    assert next_numbers(used) == next_
    assert BLANK_LINES > 20


async def test_the_paper_is_made_at_request_for_the_staff_and_not_for_others(tmp_path: Path) -> None:
    async with desk(tmp_path, environment="oevelse.papir") as site:
        site.stage.play(site.stage.recording.inputs[12].at)
        path = f"/krise/oevelse.papir/{site.stage.crisis}/papir"
        rikke, agent = await site.be("rikke-klitroe"), await site.be("mona-baeklund")
        made = await rikke.get(f"{path}.pdf")
        assert (made.status_code, made.headers["content-type"]) == (200, "application/pdf")
        assert made.content.startswith(b"%PDF-")
        assert (await agent.get(f"{path}.pdf")).status_code == 403
        page = (await rikke.get(path)).text
        assert "P1-1" in page
        assert "Filen er ikke skrevet endnu" in page


async def test_the_file_is_whole_and_rewritten_only_when_something_happened(tmp_path: Path) -> None:
    async with desk(tmp_path, environment="oevelse.papir") as site:
        site.stage.play(site.stage.recording.inputs[12].at)
        keeper = _keeper(site)
        file = keeper.file_of("oevelse.papir", site.stage.crisis)
        assert file is not None
        await keeper.step()
        first = file.stat().st_mtime_ns
        assert file.read_bytes().rstrip().endswith(b"%%EOF")
        await keeper.step()
        assert file.stat().st_mtime_ns == first, "nothing has happened"
        site.stage.take(next(i for i in site.stage.recording.inputs[12:] if isinstance(i.payload, WriteLogEntry)))
        await keeper.step()
        assert file.stat().st_mtime_ns == first, "not before half a minute has gone"
        keeper._kept["oevelse.papir", site.stage.crisis].written = float("-inf")  # pyright: ignore[reportPrivateUsage]
        await keeper.step()
        assert file.stat().st_mtime_ns != first
        assert [each.name for each in file.parent.iterdir()] == [file.name], "no half file is left"
        assert (
            "Skrevet"
            in (await (await site.be("rikke-klitroe")).get(f"/krise/oevelse.papir/{site.stage.crisis}/papir")).text
        )


async def test_a_paper_that_cannot_be_set_is_told_with_the_one_from_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with desk(tmp_path, environment="oevelse.papir") as site:
        site.stage.play(site.stage.recording.inputs[12].at)
        keeper = _keeper(site)
        rikke = await site.be("rikke-klitroe")
        path = f"/krise/oevelse.papir/{site.stage.crisis}/papir"
        monkeypatch.setattr(press, "WITHIN", 0.0)
        first = await rikke.get(f"{path}.pdf")
        assert (first.status_code, "Skriv i hånden imens" in first.text) == (503, True)
        await keeper.step()
        assert "not set within" in keeper.trouble("oevelse.papir", site.stage.crisis)
        monkeypatch.undo()
        keeper._kept["oevelse.papir", site.stage.crisis].written = float("-inf")  # pyright: ignore[reportPrivateUsage]
        await keeper.step()
        assert keeper.trouble("oevelse.papir", site.stage.crisis) == ""
        monkeypatch.setattr(press, "WITHIN", 0.0)
        assert str(keeper.file_of("oevelse.papir", site.stage.crisis)) in (await rikke.get(f"{path}.pdf")).text


async def test_a_folder_that_cannot_be_written_is_told_and_costs_nothing_else(tmp_path: Path) -> None:
    async with desk(tmp_path, environment="oevelse.papir") as site:
        site.stage.play(site.stage.recording.inputs[2].at)
        (tmp_path / "oevelse" / "papir" / "papir").write_text("en fil i vejen", encoding="utf-8")
        await _keeper(site).step()
        page = await (await site.be("rikke-klitroe")).get(f"/krise/oevelse.papir/{site.stage.crisis}/papir")
        assert page.status_code == 200
        assert "Filen er ikke skrevet, siden der sidst skete noget" in page.text
