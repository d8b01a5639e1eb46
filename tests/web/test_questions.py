"""The citizens' questions in the browser: topics with their trend, gaps, reports, and what the authority did."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from ddh_beredskab.projections.questions_over_time import OverTime, stretch_trends
from ddh_beredskab.understanding.trends import Trend
from tests.web.engine import Desk, desk
from tests.web.test_pages import nothing_missing, text_of

__all__ = ["nothing_missing"]

ASTA, LINE, BIRGIT, TOBIAS = "asta-klitvang", "line-oestersand", "birgit-vesterklit", "tobias-havrimmel"


def path_of(site: Desk) -> str:
    return f"/krise/{site.stage.environment}/{site.stage.crisis}"


async def test_the_staff_sees_topics_with_their_curve_and_the_numbers_beneath(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        page = await (await site.be(ASTA)).get(f"{path_of(site)}/spoergsmaal")
        assert page.text.count("<polyline") > 3
        text = text_of(page)
        for words in ("Spørgsmål uden svar", "Tallene bag kurverne", "Kommunen får en tilbagemelding hver time"):
            assert words in text
        assert "Besvaret i guiden" in text
        hours = text_of(await (await site.be(ASTA)).get(f"{path_of(site)}/spoergsmaal?pr=60"))
        assert "de seneste hele 1 t mod de 1 t før" in hours


async def test_small_numbers_are_hidden_from_everybody_outside_the_staff(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        path = path_of(site)
        staff, outside = await site.be(ASTA), await site.be(TOBIAS)
        assert "Under 5 - vises ikke" not in text_of(await staff.get(f"{path}/spoergsmaal/tilbagemelding/1"))
        for page in (f"{path}/spoergsmaal", f"{path}/spoergsmaal/tilbagemelding/1"):
            text = text_of(await outside.get(page))
            assert "Under 5 - vises ikke" in text or "&lt; 5" in text, page
        assert (await (await site.be("mona-baeklund")).get(f"{path}/spoergsmaal")).status_code == 403


async def test_the_authority_answers_a_report_and_says_why_when_it_rejects(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        path, tobias = path_of(site), await site.be(TOBIAS)
        page = await tobias.get(f"{path}/spoergsmaal/tilbagemelding/1")
        assert 'name="answers.0.status"' in page.text
        without = {"number": "1", "answers.0.number": "1", "answers.0.status": "rejected", "answers.0.because": ""}
        again = await tobias.post(f"{path}/spoergsmaal/svar", data=without)
        assert again.status_code == 422
        assert "Skriv hvorfor, når I afviser." in again.text
        answer = without | {"answers.0.because": "Det svarer politiet på.", "answers.1.number": "2"}
        done = await tobias.post(f"{path}/spoergsmaal/svar", data=answer)
        assert done.status_code == 303
        text = text_of(await tobias.get(f"{path}/spoergsmaal/tilbagemelding/1"))
        assert "Besvaret af Tobias Havrimmel" in text
        assert "Afvist, Det svarer politiet på." in text


async def test_whoever_types_for_the_authority_names_whom(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        path, line = path_of(site), await site.be(LINE)
        form = {"number": "1"}
        assert (await line.post(f"{path}/spoergsmaal/svar", data=form)).status_code == 422
        answer = await line.post(f"{path}/spoergsmaal/svar", data=form | {"on_behalf_of": TOBIAS})
        assert answer.status_code == 303


async def test_a_receipt_is_one_press_and_answers_may_come_later(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        path, tobias = path_of(site), await site.be(TOBIAS)
        site.stage.play(datetime.fromisoformat("2023-10-21T02:51:00+02:00"))
        page = await tobias.get(f"{path}/spoergsmaal/tilbagemelding/3")
        assert "Vi har fået tilbagemeldingen" in page.text
        assert "Kvittér for tilbagemelding nr. 3" in text_of(await tobias.get(path))
        assert (await tobias.post(f"{path}/spoergsmaal/svar", data={"number": "3"})).status_code == 303
        text = text_of(await tobias.get(f"{path}/spoergsmaal/tilbagemelding/3"))
        assert "Modtaget" in text
        assert "Vi har fået tilbagemeldingen" not in text
        answer = {"number": "3", "answers.0.number": "1", "answers.0.status": "done", "answers.0.because": ""}
        assert (await tobias.post(f"{path}/spoergsmaal/svar", data=answer)).status_code == 303
        assert "Besvaret" in text_of(await tobias.get(f"{path}/spoergsmaal/tilbagemelding/3"))


async def test_gaps_stand_with_their_time_on_both_pages_and_on_the_authoritys_own_list(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        path, tobias = path_of(site), await site.be(TOBIAS)
        for page in ("spoergsmaal", "guide"):
            text = text_of(await tobias.get(f"{path}/{page}"))
            assert "Sendt til Tobias Havrimmel. Svaret skulle være i guiden" in text.replace("have været", "være"), page
        assert "Spørgsmål uden svar i guiden: 6" in text_of(await tobias.get(path))


async def test_what_citizens_say_is_for_the_staff_and_the_figures_for_all(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        path = path_of(site)
        inside = text_of(await (await site.be(ASTA)).get(f"{path}/spoergsmaal"))
        outside = text_of(await (await site.be(TOBIAS)).get(f"{path}/spoergsmaal"))
        for words in ("Det samme spørgsmål fra flere", "Nye ord"):
            assert words in inside
            assert words not in outside
        for text in (inside, outside):
            assert "Ikke målt endnu" in text
            assert "Straksafklaring" in text


async def test_files_hide_small_counts_outside_the_staff_and_the_windows_are_for_the_staff(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        area = f"{path_of(site)}/spoergsmaal"
        staff, outside = await site.be(ASTA), await site.be(TOBIAS)
        pdf = await outside.get(f"{area}/tilbagemelding/1/pdf")
        assert (pdf.status_code, pdf.content[:4]) == (200, b"%PDF")
        assert (await outside.get(f"{area}/tilbagemelding/1/json")).json()["hidden_under"] == 5
        assert (await staff.get(f"{area}/tilbagemelding/1/json")).json()["hidden_under"] is None
        table = await outside.get(f"{area}/tilbagemeldinger.csv")
        assert table.content.startswith(b"\xef\xbb\xbf")
        assert "under 5" in table.text
        assert "oevelse-tilbagemeldinger.csv" in table.headers["content-disposition"]
        assert (await staff.get(f"{area}/tal.xlsx")).content.startswith(b"PK")
        assert (await outside.get(f"{area}/tal.csv")).status_code == 403
        for wrong in ("0", "99", "x", "1" * 40):
            assert (await staff.get(f"{area}/tilbagemelding/{wrong}/pdf")).status_code == 404


async def test_the_interval_is_set_by_those_who_agreed_it(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        path, line, tobias = path_of(site), await site.be(LINE), await site.be(TOBIAS)
        assert (await tobias.post(f"{path}/spoergsmaal/interval", data={"minutes": "30"})).status_code == 403
        assert (await line.post(f"{path}/spoergsmaal/interval", data={"minutes": "30"})).status_code == 303
        assert "Kommunen får en tilbagemelding hvert 30. minut" in text_of(await tobias.get(f"{path}/spoergsmaal"))
        wrong = await line.post(f"{path}/spoergsmaal/interval", data={"minutes": "7"})
        assert wrong.status_code == 409
        assert (await tobias.get(f"{path}/spoergsmaal/tilbagemelding/99")).status_code == 404


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ((0, 40, 5, 9), "down"),
        ((0, 5, 40, 0), "up"),
        ((0, 20, 24, 90), "even"),
        ((0, 1, 4, 0), "few"),
        ((0, None, 40, 0), "few"),
        ((5, 9), "few"),
    ],
)
def test_a_trend_is_told_only_when_it_is_more_than_chance(values: tuple[int | None, ...], told: Trend) -> None:
    assert stretch_trends({"a": values}, 0.05)["a"] == told


def test_a_sum_over_a_hidden_part_is_hidden_too() -> None:
    assert OverTime((), 15, {"a": (7, None), "b": (8, 9)}).total() == (15, None)
    assert OverTime((), 15, {}).total() == ()
