"""A file of another channel read in the browser: good rows go in, bad ones stand on the page, and twice counts once."""

from __future__ import annotations

from pathlib import Path

from ddh_beredskab.journal.connection import Statement
from tests.web.engine import Desk, desk
from tests.web.test_pages import nothing_missing, text_of

__all__ = ["nothing_missing"]

KEEPER, AGENT = "jonas-tangmark", "mona-baeklund"
CHATBOT = "Tidspunkt;Intent;Besked\n20-10-2023 21:05;evakuering;Ring på 22334455\n20-10-2023 21:06;evakuring;Hvad nu\n"
_STORED = Statement("SELECT topic, text FROM feedback_items WHERE channel = 'chatbot'")


def address(site: Desk) -> str:
    return f"/krise/{site.stage.environment}/{site.stage.crisis}/spoergsmaal/indlaes"


def sent(text: str, channel: str = "chatbot", columns: str = "") -> dict[str, object]:
    return {"data": {"channel": channel, "columns": columns}, "files": {"file": ("log.csv", text.encode(), "text/csv")}}


async def test_a_chatbots_log_goes_in_once_and_its_bad_lines_are_told(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        keeper = await site.be(KEEPER)
        assert "Log fra chatbotten" in text_of(await keeper.get(address(site)))
        done = text_of(await keeper.post(address(site), **sent(CHATBOT)))  # pyright: ignore[reportArgumentType]
        for words in (
            "Ét nyt spørgsmål.",
            "Én linje er sprunget over.",
            "Mente du evakuering?",
            "fjernet én personlig",
        ):
            assert words in done
        again = text_of(await keeper.post(address(site), **sent(CHATBOT)))  # pyright: ignore[reportArgumentType]
        assert "0 nye spørgsmål. Én kendte vi i forvejen." in again
        stored = await site.stage.database.read(lambda conn: conn.all(_STORED))
        assert [tuple(row) for row in stored] == [("evakuering", "Ring på [telefonnummer fjernet]")]


async def test_scores_are_told_as_scores_and_those_of_calls_passed_on_are_left_out(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        scores = "Tidspunkt;Karakter;Stillet om\n20-10-2023 21:05;9;\n20-10-2023 21:06;2;ja\n"
        done = await (await site.be(KEEPER)).post(address(site), **sent(scores, "sms-karakter"))  # pyright: ignore[reportArgumentType]
        text = text_of(done)
        assert "Én ny karakter." in text
        assert "Linje 3: Borgeren blev stillet om." in text


async def test_what_is_wrong_with_the_file_as_a_whole_is_told_beside_it(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        keeper = await site.be(KEEPER)
        for given, words in (
            ({"data": {"channel": "chatbot"}}, "Vælg en fil."),
            (sent("", "chatbot"), "Filen er tom."),
            (sent(CHATBOT, "brevdue"), "Vælg"),
            (sent("a;b\n1;2\n"), "Vi ved ikke, i hvilken kolonne time står."),
            (sent(CHATBOT, columns="time"), "Skriv hver linje sådan"),
            (sent(CHATBOT, columns="time = Dato"), "Filen har ingen kolonne, der hedder Dato."),
        ):
            answer = await keeper.post(address(site), **given)  # pyright: ignore[reportArgumentType]
            assert answer.status_code == 422
            assert words in text_of(answer)


async def test_a_file_that_is_too_large_is_refused_and_an_agent_may_not_send_one(night_copy: Path) -> None:
    async with desk(night_copy, environment="oevelse.surge") as site:
        large = sent(CHATBOT + "x" * (3 << 20))
        refused = await (await site.be(KEEPER)).post(address(site), **large)  # pyright: ignore[reportArgumentType]
        assert refused.status_code == 413
        agent = await site.be(AGENT)
        assert (await agent.get(address(site))).status_code == 403
