"""The guide in other channels, and the public feed: one source, nothing sent, and no old text without a warning."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from ddh_beredskab.playbooks import load_playbooks
from schemas.guide_feed import PublicGuide, PublicGuides
from schemas.guides import ConfirmChannelLive
from tests.web.engine import desk
from tests.web.test_guide import BIRGIT, LINE, TOBIAS, a_draft, path_of
from tests.web.test_pages import nothing_missing, text_of

__all__ = ["nothing_missing"]


async def test_every_channel_has_its_text_from_the_version_in_force(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        line, path = await site.be(LINE), path_of(site)
        page = await line.get(f"{path}/guide/kanaler")
        text = text_of(page)
        assert "Intet bliver sendt herfra" in text
        for place in ("Telefonsvar (IVR)", "Hjemmesiden", "Selvbetjening.nu", "Viva Engage"):
            assert place in text
        assert "sekunder at læse op" in text
        assert "Kommunens telefoni er nede" in text
        spoken = (await line.get(f"{path}/guide/kanaler/telefonsvar.txt")).text
        assert spoken.startswith("ØVELSE - ØVELSE - ØVELSE. Du har ringet om ")
        assert not any(each.isdigit() for each in spoken), "numbers are words"
        markdown = await line.get(f"{path}/guide/kanaler/selvbetjening.md")
        assert markdown.headers["content-type"].startswith("text/markdown")
        assert "-version-3-selvbetjening.md" in markdown.headers["content-disposition"]
        assert "## Omstilling" in markdown.text
        assert "Omstilling" not in (await line.get(f"{path}/guide/kanaler/hjemmeside.html")).text
        post = (await line.get(f"{path}/guide/kanaler/opslag.txt")).text
        assert "@" not in post
        assert (await line.get(f"{path}/guide/kanaler/andet.txt")).status_code == 404


async def test_the_chatbots_file_keeps_its_schema_and_no_number_for_agents_alone(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        line, path = await site.be(LINE), path_of(site)
        found = PublicGuide.model_validate_json((await line.get(f"{path}/guide/kanaler/chatbot.json")).text)
        whole = json.loads((await line.get(f"{path}/guide/kanaler/selvbetjening.json")).text)
        duty = next(each["text"] for each in whole["sections"] if each["heading"].startswith("Vagtnummer"))
        assert found.state == "in_force"
        assert len([each for each in found.answers if each.id.startswith("question.")]) == 7
        assert duty not in found.model_dump_json()
        assert TOBIAS not in found.model_dump_json()


async def test_a_channel_with_an_old_text_is_warned_of_until_somebody_says_the_new_one_is_out(
    night_copy: Path,
) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        line, tobias, birgit, path = await site.be(LINE), await site.be(TOBIAS), await site.be(BIRGIT), path_of(site)
        out = {"version": "3", "channel": "selvbetjening"}
        assert (await line.post(f"{path}/guide/kanaler", data=out)).status_code == 303
        assert "Ude i kanalen Line Østersand" in text_of(await line.get(f"{path}/guide/kanaler"))
        await tobias.post(f"{path}/guide/kladde", data=a_draft(4))
        await birgit.post(f"{path}/guide/fakta", data={"draft": "5"})
        release = {"draft": "5", "reason": "Nyt", "channels": ["contact_centre"]}
        assert (await line.post(f"{path}/guide/frigiv", data=release)).status_code == 303
        page = text_of(await line.get(f"{path}/guide/kanaler"))
        assert "står der stadig en gammel tekst" in page
        assert "Selvbetjening.nu : har version 3" in page or "Selvbetjening.nu: har version 3" in page
        assert "Gammel tekst i:" in text_of(await line.get(f"{path}/guide"))
        late = await line.post(f"{path}/guide/kanaler", data=out)
        assert late.status_code == 409
        await line.post(f"{path}/guide/kanaler", data=out | {"version": "4"})
        assert "Selvbetjening.nu" not in text_of(await line.get(f"{path}/guide")).partition("Gammel tekst i:")[2][:60]


async def test_the_feed_has_the_operation_alone_and_answers_in_a_line_when_nothing_changed(tmp_path: Path) -> None:
    async with desk(tmp_path, environment="drift", play=True) as site:
        crisis, out = site.stage.crisis, site.client
        every = await out.get("/guider.json")
        assert every.status_code == 200
        assert every.headers["access-control-allow-origin"] == "*"
        one = await out.get(f"/guider/{crisis}.json")
        guide = PublicGuide.model_validate_json(one.text)
        assert guide.crisis == crisis
        assert guide.state == "closed"
        assert guide.answers == ()
        assert PublicGuides.model_validate_json(every.text).guides == ()
        again = await out.get(f"/guider/{crisis}.json", headers={"If-None-Match": one.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        weak = await out.get(f"/guider/{crisis}.json", headers={"If-None-Match": f'"x", W/{one.headers["etag"]}'})
        assert weak.status_code == 304
        other = await out.get(f"/guider/{crisis}.json", headers={"If-None-Match": '"x"'})
        assert other.status_code == 200
        assert (await out.get("/guider/ingen.json")).status_code == 404


async def test_the_feed_gives_what_is_in_force_without_names_and_says_when_to_come_back(tmp_path: Path) -> None:
    until = datetime.fromisoformat("2023-10-21T02:30:00+02:00")
    async with desk(tmp_path, environment="drift", play=True, until=until) as site:
        answer = await site.client.get("/guider.json")
        (guide,) = PublicGuides.model_validate_json(answer.text).guides
        assert guide.state == "in_force"
        assert guide.answers
        assert guide.next_update_at is not None
        for name in ("Tobias", "Havrimmel", TOBIAS, LINE):
            assert name not in answer.text
        for _ in range(70):
            await site.client.get("/guider.json")
        busy = await site.client.get("/guider.json")
        assert busy.status_code == 429
        assert int(busy.headers["retry-after"]) > 0
        assert busy.headers["content-type"] == "application/problem+json"


async def test_a_drill_is_not_in_the_feed(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        assert PublicGuides.model_validate_json((await site.client.get("/guider.json")).text).guides == ()
        assert (await site.client.get(f"/guider/{site.stage.crisis}.json")).status_code == 404


def test_every_place_says_where_it_is_copied_to() -> None:
    outlets = set(ConfirmChannelLive.model_json_schema()["properties"]["channel"]["enum"])
    assert set(load_playbooks().channels.copied) == outlets
