"""Bad input at the HTTP doors: each piece of the corpus is a 4xx with a Danish sentence, and nothing is stored.

Good input with hostile texts is kept as it is, decided, and harmless wherever it is shown or written out.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from fastapi import FastAPI
from typing_extensions import override

from ddh_beredskab.journal import quarantine
from ddh_beredskab.journal.connection import Statement
from ddh_beredskab.journal.database import SqliteDatabase, sqlite_path
from tests.bad_input.corpus import BODIES, FIELDS, HEADERS, INSTANTS, PATHS, QUERIES, TEXTS
from tests.bad_input.site import served
from tests.cli.conftest import Cli, cli
from tests.cli.engine import at_work
from tests.web.door import COMMANDS, FEEDBACK, a_command, a_question, a_report, door
from tests.web.test_api import decided

__all__ = ["cli"]

CRISIS = "strandby-1"
JSON = {"Content-Type": "application/json"}
ALARMING = re.compile(r"Traceback|Error\b|Exception|\bNone\b|pydantic|sqlite|0x[0-9a-f]{6}")


def told(answer: httpx.Response) -> dict[str, Any]:
    """A 4xx of ours: a code, a Danish sentence that ends, nothing of the machine."""
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.text[:500])
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"]
    assert problem["detail"].endswith("."), problem["detail"]
    assert len(answer.content) < 8_000
    assert not ALARMING.search(problem["detail"]), problem["detail"]
    return problem


def count(data: Path) -> int:
    """How many messages and questions are stored."""
    database = SqliteDatabase(sqlite_path(data, "drift"))
    sql = "SELECT (SELECT count(*) FROM messages) + (SELECT count(*) FROM feedback_items)"
    ((found,),) = database.read_now(lambda conn: conn.all(Statement(sql)))
    database.close_now()
    return int(found)


async def test_every_body_that_is_no_message_is_refused_with_a_sentence(tmp_path: Path) -> None:
    async with door(tmp_path) as client:
        for body in BODIES.values():
            for where in (COMMANDS, FEEDBACK):
                told(await client.post(where, content=body, headers=JSON))
            told(await client.post(COMMANDS, content=body))
            told(await client.post(COMMANDS, content=body, headers={"Content-Type": "text/plain"}))
            told(await client.post(COMMANDS, content=body, headers={**JSON, "Content-Encoding": "gzip"}))
    assert count(tmp_path) == 0


async def test_a_spoilt_command_is_refused_with_its_place(tmp_path: Path) -> None:
    async with door(tmp_path) as client:
        for name, spoil in FIELDS.items():
            problem = told(await client.post(COMMANDS, json=spoil(a_command())))
            assert problem["place"].startswith("/"), (name, problem)
    assert count(tmp_path) == 0


async def test_a_spoilt_question_spoils_its_whole_delivery(tmp_path: Path) -> None:
    wrong: tuple[Any, ...] = (None, 5, [], {}, "", True)
    spoilt: list[dict[str, Any]] = [
        *(a_question(time=value) for value in INSTANTS.values()),
        *({**a_question(), name: value} for name in a_question() for value in wrong),
        a_question(topic="x" * 101),
        a_question(municipality="9" * 41),
        a_question(guide_version=-1),
        a_question(guide_version=10**9),
        a_question(text="x" * 2_001),
        a_question(agent="Asta Holm"),
        a_question(crisis_id="../x"),
        a_question(ukendt=1),
    ]
    async with door(tmp_path) as client:
        for each in spoilt:
            told(await client.post(FEEDBACK, json={"items": [a_question(), each]}))
        no_items: tuple[Any, ...] = (*wrong, [None], [5], [[]])
        for items in no_items:
            told(await client.post(FEEDBACK, json={"items": items}))
    assert count(tmp_path) == 0


@asynccontextmanager
async def hostile_crisis(data: Path, app: FastAPI | None = None) -> AsyncGenerator[httpx.AsyncClient]:
    """A crisis whose every text is hostile, decided to the end; a client of its pages."""
    async with door(data, app=app) as client:
        with at_work(sqlite_path(data, "drift")):
            report = a_report(CRISIS)
            for name in ("title", "what_happened", "where", "situation", "started", "grounds"):
                report["data"][name] = " | ".join(text for key, text in TEXTS.items() if key != "quite long")
            report["data"]["authority"]["name"] = TEXTS["HTML"] + TEXTS["a Jinja template"]
            await decided(client, (await client.post(COMMANDS, json=report)).json()["status_url"])
            last = ""
            for text in TEXTS.values():
                entry = a_command(data={**a_command()["data"], "text": text, "channel": text[:100]})
                answer = await client.post(COMMANDS, json=entry)
                assert answer.status_code == 202, answer.text
                last = answer.json()["status_url"]
            items = [a_question(text=text[:2_000], topic=(text.strip() or "x")[:100]) for text in TEXTS.values()]
            assert (await client.post(FEEDBACK, json={"items": items})).json()["new"] == len(TEXTS)
            assert (await decided(client, last))["status"] == "decided"
        yield client


class Page(HTMLParser):
    """What a browser would make of a page: which tags do what, and the text that is read."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.active: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in ("script", "link", "img", "iframe", "object", "embed", "svg", "base") and not self._ours(given):
            self.active.append(f"<{tag} {given}>")
        self.active += [f"{name}={value}" for name, value in given.items() if name.startswith("on")]
        self.active += [value for name, value in given.items() if name in ("href", "src", "action") and ":" in value]

    @staticmethod
    def _ours(given: dict[str, str]) -> bool:
        drawn = given == {"class": "icon", "aria-hidden": "true", "focusable": "false"}  # an icon, from our own sheet
        return drawn or (given.get("src") or given.get("href") or "").startswith("/static/")

    @override
    def handle_data(self, data: str) -> None:
        self.words.append(data)


def harmless(page: str) -> None:
    """Nothing of what people wrote has become markup, and no template was filled in."""
    read = Page(page)
    assert read.active == []
    words = " ".join(read.words)
    assert "{{ 7*7 }}" in words
    assert "49{%" not in words


async def shown_harmless(tmp_path: Path) -> None:
    async with hostile_crisis(tmp_path) as client:
        for path in ("/", f"/krise/drift/{CRISIS}", f"/krise/drift/{CRISIS}/log", f"/krise/drift/{CRISIS}/log/1"):
            for lang in ("", "?lang=en"):
                answer = await client.get(path + lang)
                assert answer.status_code == 200
                harmless(answer.text)
                assert "\x00" not in answer.text


def test_hostile_texts_are_kept_and_shown_harmless(tmp_path: Path, cli: Cli) -> None:
    asyncio.run(shown_harmless(tmp_path))
    database = SqliteDatabase(sqlite_path(tmp_path, "drift"))
    assert database.read_now(quarantine.listing) == []
    database.close_now()
    out = tmp_path / "log.ndjson"
    assert cli("log", "export", CRISIS, "--out", out, "--data", tmp_path).code == 0
    assert cli("log", "verify", out).code == 0
    assert cli("log", "verify", "--data", tmp_path).code == 0
    lines = out.read_bytes().split(b"\n")
    written = [json.loads(line) for line in lines if line]
    kept = json.dumps(written, ensure_ascii=False)
    for text in (each for each in TEXTS.values() if each.strip()):  # an entry without words is refused
        assert json.dumps(text.replace("\x00", ""), ensure_ascii=False)[1:-1] in kept, text
    for words in (("log", "show", CRISIS), ("crisis", "show", CRISIS), ("crisis", "list"), ("quarantine", "list")):
        said = cli(*words, "--data", tmp_path)
        assert said.code == 0, said.err
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f\x85\u202a-\u202e\u2066-\u2069]", said.out), words
        assert cli(*words, "--data", tmp_path, "--json").code == 0


async def test_hostile_addresses_queries_and_headers_are_answered_and_never_with_a_5xx(tmp_path: Path) -> None:
    async with hostile_crisis(tmp_path) as client:
        asked = [path.replace("{crisis}", CRISIS) for path in PATHS]
        asked += [f"{path}?{query.replace('{crisis}', CRISIS)}" for path in ("/", "/live", f"/krise/drift/{CRISIS}")
                  for query in QUERIES if path != "/live" or not query.startswith("topic")]  # fmt: skip
        for path in asked:
            for method in ("GET", "POST", "HEAD", "DELETE", "TRACE"):
                if path.startswith("/live") and method == "GET":
                    continue  # endless by nature: asked over a socket below
                answer = await client.request(method, httpx.URL("http://testserver" + path.replace("\\", "%5C")))
                assert answer.status_code < 500, (method, path[:200])
                assert not re.search(r"Traceback|File \"", answer.text)


def asked(address: str, raw: bytes) -> bytes:
    """The first bytes of the answer to raw bytes on a socket; empty when the connection was closed."""
    where = urlsplit(address)
    with socket.create_connection((where.hostname or "", where.port or 0), 10) as conn:
        try:
            conn.sendall(raw)
            conn.shutdown(socket.SHUT_WR)
            return conn.recv(200)
        except OSError:  # it hung up before we had said it all
            return b""


def test_bytes_that_are_no_http_and_hostile_headers_leave_the_server_standing(tmp_path: Path) -> None:
    with served(tmp_path, engine=False) as address:
        host = urlsplit(address).netloc.encode()
        raw = [
            b"", b"\x00" * 100, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET\r\n\r\n", b"HELO x\r\n",
            b"GET / HTTP/9.9\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nHost: strandby.example\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: " + host + b"\r\nX: " + b"y" * 200_000 + b"\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: " + host + b"\r\n" + b"X: y\r\n" * 5_000 + b"\r\n",
            b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: " + host + b"\r\n\r\n",
            b"POST /api/v1/environments/drift/commands HTTP/1.1\r\nHost: " + host + b"\r\nContent-Length: -5\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: " + host + b"\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n",
            b"GET /live?topic=list HTTP/1.1\r\nHost: " + host + b"\r\nLast-Event-ID: \xff\r\n\r\n",
            *(b"GET /live?" + query.replace("{crisis}", CRISIS).encode() + b" HTTP/1.1\r\nHost: " + host + b"\r\n\r\n"
              for query in QUERIES),
            *(b"GET / HTTP/1.1\r\nHost: " + host + b"\r\n" + name.encode() + b": " + value + b"\r\n\r\n"
              for name, value in HEADERS),
        ]  # fmt: skip
        for each in raw:
            answer = asked(address, each)
            assert not re.match(rb"HTTP/1.1 5", answer), (each[:200], answer)
            assert httpx.get(f"{address}/health/live").status_code == 200, each[:200]
        for name, value in HEADERS:
            for path in (b"/static/app.js", b"/api/openapi.json", b"/api/v1/environments/drift/commands"):
                answer = asked(address, b"GET " + path + b" HTTP/1.1\r\nHost: " + host + b"\r\n" + name.encode()
                               + b": " + value + b"\r\n\r\n")  # fmt: skip
                assert not re.match(rb"HTTP/1.1 5", answer), (name, value[:100])
        assert httpx.get(f"{address}/api/openapi.json").status_code == 200
