"""The guide's editor: local facts once, the preview agents will see, advice beside the field, two people at once."""

from __future__ import annotations

from pathlib import Path

from ddh_beredskab.journal.messages import read_stream
from ddh_beredskab.web.guide_merge import merged
from schemas.guides import GuideDrafted
from tests.web.engine import Desk, desk
from tests.web.test_guide import BIRGIT, LINE, TOBIAS, a_draft, path_of
from tests.web.test_pages import nothing_missing, text_of

__all__ = ["nothing_missing"]


def drafted(site: Desk) -> GuideDrafted:
    """The newest draft in the journal."""
    rows = site.stage.read(lambda conn: list(read_stream(conn, f"guides-{site.stage.crisis}")))
    return [row.message for row in rows if isinstance(row.message, GuideDrafted)][-1]


async def test_a_local_fact_is_written_once_and_stands_wherever_its_name_is(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        tobias, path = await site.be(TOBIAS), path_of(site)
        form = await tobias.get(f"{path}/guide/kladde")
        assert 'name="variable.evakueringscenter"' in form.text
        draft = a_draft(4) | {
            "variable.evakueringscenter": "Strandby Hallen, Idrætsvej 1",
            "content.answers.citizens_do": "Kør til {evakueringscenter}.",
            "content.by_topic.evakuering": "Centret er {evakueringscenter}",
        }
        assert (await tobias.post(f"{path}/guide/kladde", data=draft)).status_code == 303
        content = drafted(site).content
        assert content.answers["citizens_do"] == "Kør til Strandby Hallen, Idrætsvej 1."
        assert content.by_topic["evakuering"] == "Centret er Strandby Hallen, Idrætsvej 1"
        again = (await tobias.get(f"{path}/guide/kladde")).text
        assert ">Kør til {evakueringscenter}.</textarea>" in again
        assert 'value="Strandby Hallen, Idrætsvej 1"' in again


async def test_the_preview_is_the_desk_and_stores_nothing(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        tobias, path = await site.be(TOBIAS), path_of(site)
        before = drafted(site).draft
        typed = a_draft(4, **{"content.answers.latest": "Vandet **falder** nu."})
        shown = await tobias.post(f"{path}/guide/kladde/vis", data=typed)
        assert shown.status_code == 200
        seen = shown.text.partition("data-preview")[2]
        assert "falder" in seen
        assert "**" not in seen, "marks are not read aloud"
        assert "Version 4" in seen
        with_press = await tobias.post(
            f"{path}/guide/kladde/vis", data=typed | {"variable.presse_nummer": "00 00 90 09"}
        )
        assert "Pressen henvises til 00 00 90 09." in with_press.text.partition("data-preview")[2]
        assert ">Vandet **falder** nu.</textarea>" in shown.text, "what was typed is still there"
        assert drafted(site).draft == before


async def test_advice_stands_beside_its_field_and_stops_nobody(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        tobias, path = await site.be(TOBIAS), path_of(site)
        odd = a_draft(
            4,
            **{
                "content.answers.latest": "Såfremt vandet stiger, se http://strandby.example.",
                "content.next_update_at": "2023-10-21T03:15",
                "content.answers.next_update": "Næste opdatering er kl. 4.",
            },
        )
        shown = await tobias.post(f"{path}/guide/kladde/vis", data=odd)
        beside = shown.text.partition('data-advice="answers.latest"')[2].partition("</div>")[0]
        assert "skriv hellere hvis" in beside
        assert "Brug https" in beside
        assert "Sig kun ét" in text_of(shown)
        assert (await tobias.post(f"{path}/guide/kladde", data=odd)).status_code == 303


async def test_what_the_other_changed_comes_along_and_what_both_changed_is_shown_three_ways(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        tobias, birgit, path = await site.be(TOBIAS), await site.be(BIRGIT), path_of(site)
        assert (await tobias.post(f"{path}/guide/kladde", data=a_draft(4))).status_code == 303
        theirs = {"content.answers.latest": "Vandet står stille.", "content.answers.not_known": "Hvornår det falder."}
        assert (await tobias.post(f"{path}/guide/kladde", data=a_draft(5, **theirs))).status_code == 303
        mine = a_draft(5, **{"content.answers.latest": "Vandet falder."})
        clash = await birgit.post(f"{path}/guide/kladde", data=mine)
        assert clash.status_code == 422
        text = text_of(clash)
        assert "I har begge ændret her." in text
        assert "Da du begyndte, stod der: Svar på latest." in text
        assert "I kladde 6 står der: Vandet står stille." in text
        assert ">Vandet falder.</textarea>" in clash.text
        assert ">Hvornår det falder.</textarea>" in clash.text, "untouched by oneself: taken along"
        assert "Taget med fra kladde 6" in text


async def test_a_release_can_be_planned_and_called_off(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        line, tobias, birgit, path = await site.be(LINE), await site.be(TOBIAS), await site.be(BIRGIT), path_of(site)
        await tobias.post(f"{path}/guide/kladde", data=a_draft(4))
        await birgit.post(f"{path}/guide/fakta", data={"draft": "5"})
        plan = {"draft": "5", "reason": "Nye tider", "channels": ["sms"], "release_at": "2023-10-21T06:00"}
        late = await line.post(f"{path}/guide/planlaeg", data=plan | {"release_at": "2023-10-20T06:00"})
        assert late.status_code == 409
        assert "Tidspunktet er gået." in late.text
        assert (await line.post(f"{path}/guide/planlaeg", data=plan)).status_code == 303
        assert "Kladde 5 gælder fra kl. 06.00" in text_of(await birgit.get(f"{path}/guide"))
        assert (await line.post(f"{path}/guide/planlaeg-fra", data={"draft": "5"})).status_code == 303
        assert "Planlagt frigivelse" not in text_of(await line.get(f"{path}/guide"))
        await line.post(f"{path}/guide/planlaeg", data=plan)
        release = {"draft": "5", "reason": "Nu", "channels": ["sms"]}
        assert (await line.post(f"{path}/guide/frigiv", data=release)).status_code == 303
        assert (await tobias.post(f"{path}/guide/kladde", data=a_draft(5))).status_code == 303
        assert "er bortfaldet: en anden version kom først" in text_of(await line.get(f"{path}/log"))


def test_what_either_changed_is_kept_and_what_both_changed_stays_ones_own() -> None:
    before = {"a": "1", "b": "1", "c": "1", "d": "1", "e": "1"}
    theirs = {"a": "2", "b": "1", "c": "2", "d": "2", "f": "ny"}
    mine = {"a": "1", "b": "3", "c": "3", "d": "2", "e": "1"}
    found = merged(before, theirs, mine)
    assert found.fields == {"a": "2", "b": "3", "c": "3", "d": "2", "e": "", "f": "ny"}
    assert found.taken == ("a", "d", "e", "f")
    assert set(found.both) == {"c"}
    assert (found.both["c"].before, found.both["c"].theirs) == ("1", "2")
