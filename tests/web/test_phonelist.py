"""The phone list: whom to call in which order, on the screen and on one page of paper, for those who must call."""

from __future__ import annotations

from pathlib import Path

from ddh_beredskab.people import register
from tests.web.engine import desk


async def test_the_steering_group_stands_in_the_order_we_call_with_numbers_to_press(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        page = (await (await site.be("birgit-vesterklit")).get("/telefonliste")).text
        names = ["Henrik Brisager", "Lone Tangholt", "Mads Fjordsand", "Karin Lyngstrøm", "Jens Marehalm"]
        places = [page.index(name) for name in names]
        assert places == sorted(places)
        assert page.index("vagthavende") < page.index("Lone Tangholt")
        assert page.index("Jens Marehalm") < page.index("fraværende")
        assert 'href="tel:00000000"' in page
        assert "Poul Digegård" in page
        assert "Strandby Kommune (opdigtet)" in page


async def test_a_change_in_the_register_is_on_the_list_at_the_next_look(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        lone = await site.be("lone-tangholt")
        assert "intet nummer" not in (await lone.get("/telefonliste")).text

        def away(conn: object) -> None:
            held = next(p for p in register.positions(conn) if p.person == "henrik-brisager")  # type: ignore[arg-type]
            register.mark(
                conn, held.id, by="test", on_duty=False, absent=True, call_order=0, trained_at=None  # type: ignore[arg-type]
            )  # fmt: skip
            register.set_channel(conn, "pia-engtoft", "phone", "", by="test")  # type: ignore[arg-type]

        site.stage.write(away)
        page = (await lone.get("/telefonliste")).text
        assert page.index("Lone Tangholt") < page.index("Henrik Brisager")
        assert "1 person på listen har intet telefonnummer: Pia Engtoft." in page


async def test_the_paper_is_a_tagged_pdf_made_at_the_request(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        answer = await (await site.be("rikke-klitroe")).get("/telefonliste.pdf")
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.content.startswith(b"%PDF-1.7")
        assert b"/MarkInfo" in answer.content
        assert b"pdfuaid" in answer.content


async def test_personal_numbers_are_for_those_who_must_call(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        for person, status in (
            ("jonas-tangmark", 200), ("karin-lyngstroem", 200), ("mona-baeklund", 403), ("bo-mosegren", 403),
            ("else-kornvang", 403),
        ):  # fmt: skip
            client = await site.be(person)
            assert (await client.get("/telefonliste")).status_code == status, person
            assert (await client.get("/telefonliste.pdf")).status_code == status, person
