"""The gate on a shift: told and never locked out, seen by the personnel lead, approved with a reason that is kept."""

from __future__ import annotations

from pathlib import Path

from ddh_beredskab.people.register import read_log
from tests.web.engine import desk
from tests.web.test_shift import DRILL, after, understand

PLAN = f"/vagtplan/{DRILL}"
APPROVE = {"person": "inger-sivholm", "reason": "Har siddet med i to kriser"}


async def test_who_lacks_something_is_told_and_never_locked_out(tmp_path: Path) -> None:
    async with desk(tmp_path, environment=DRILL, play=True, until=after) as site:
        inger, mona, dorte = [await site.be(each) for each in ("inger-sivholm", "mona-baeklund", "dorte-vibeholm")]
        page = (await inger.get(f"/vagt/{DRILL}")).text
        assert "Du kan godt tage vagten" in page
        assert "Medlyt." in page
        assert "Krisens brief." not in page, "På vagt asks for it by itself"
        assert "Du kan godt tage vagten" not in (await mona.get(f"/vagt/{DRILL}")).text

        for client in (inger, mona):
            brief = (await client.post(f"/vagt/{DRILL}/begynd")).headers["location"]
            assert "/brief/" in brief
            text = (await client.get(brief)).text
            version = int(text.split('name="version" value="')[1].split('"')[0])
            await understand(client, brief, version)
            assert (await client.post(f"/vagt/{DRILL}/begynd")).headers["location"] == f"/vagt/{DRILL}"
        assert "Du mangler: medlyt" in (await inger.get(f"/vagt/{DRILL}")).text
        listed = (await dorte.get(PLAN)).text
        assert "Inger Sivholm" in listed.split('id="klar"')[1].split("</section>")[0]
        assert "Mangler: medlyt." in listed
        assert "Mona Bæklund" not in listed.split('id="klar"')[1].split("</section>")[0]

        again = await dorte.post(f"{PLAN}/godkend", data=APPROVE | {"reason": " "})
        assert (again.status_code, "Skriv kort, hvorfor det er i orden" in again.text) == (422, True)
        assert (await dorte.post(f"{PLAN}/godkend", data=APPROVE)).status_code == 303
        assert "Godkendt alligevel af Dorte Vibeholm: Har siddet med i to kriser" in (await dorte.get(PLAN)).text
        assert "har sagt god for" in (await inger.get(f"/vagt/{DRILL}")).text
        assert "Har siddet med i to kriser" in (await inger.get("/mig/det-registrerer-vi")).text
        kept = [each for each in site.stage.read(read_log) if each["what"] == "shift_approved"]
        assert [(each["by"], each["person"]) for each in kept] == [("dorte-vibeholm", "inger-sivholm")]


async def test_only_the_personnel_lead_of_a_crisis_that_goes_on_approves_or_sees_names(tmp_path: Path) -> None:
    async with desk(tmp_path, environment=DRILL, play=True, until=after) as site:
        rikke = await site.be("rikke-klitroe")
        assert (await rikke.post(f"{PLAN}/godkend", data=APPROVE)).status_code == 403
        assert 'id="klar"' not in (await rikke.get(PLAN)).text
    async with desk(tmp_path / "none") as quiet:
        inger, dorte = await quiet.be("inger-sivholm"), await quiet.be("dorte-vibeholm")
        await inger.post("/vagt/drift/begynd")
        assert "Du kan godt tage vagten" not in (await inger.get("/vagt/drift")).text
        assert 'id="klar"' not in (await dorte.get("/vagtplan/drift")).text
        assert (await dorte.post("/vagtplan/drift/godkend", data=APPROVE)).status_code == 403
