"""The corpus of bad input (RELIABILITY section 3(4)), once for every door: HTTP, files of the command line, topics.

Each piece has a name that says why it is there. `BODIES` are bytes where JSON is expected, `TEXTS` are texts that
must be kept as they are and do no harm, `INSTANTS` are no instants we take, `FIELDS` are ways to spoil a message.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

BIG = 1_100_000
"""Just over the megabyte that a door takes."""

BODIES: dict[str, bytes] = {
    "empty": b"",
    "white space": b" \n\t ",
    "null": b"null",
    "a number": b"5",
    "a text": b'"hej"',
    "a list": b"[]",
    "true": b"true",
    "an empty object": b"{}",
    "cut off": b'{"id": "0192',
    "cut off in a character": '{"a": "æ'.encode()[:-1],
    "something after it": b"{} {}",
    "not JSON": b"<xml/>",
    "single quotes": b"{'a': 1}",
    "a comment": b"{/* hej */}",
    "a trailing comma": b'{"a": 1,}',
    "not UTF-8": b'{"a": "\xff\xfe"}',
    "latin-1": '{"a": "æøå"}'.encode("latin-1"),
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "a byte order mark": '{"a": 1}'.encode("utf-8-sig"),
    "overlong UTF-8": b'{"a": "\xc0\xaf"}',
    "a surrogate in UTF-8": b'{"a": "\xed\xa0\x80"}',
    "half a surrogate pair": b'{"a": "\\ud800"}',
    "half a surrogate pair as a name": b'{"\\udc00": 1}',
    "NaN": b'{"a": NaN}',
    "infinity": b'{"a": -Infinity}',
    "a number past infinity": b'{"a": 1e999}',
    "an integer past 2^53": b'{"a": 9007199254740993}',
    "an integer of 5000 digits": b'{"a": ' + b"9" * 5000 + b"}",
    "a name twice": b'{"type": "a", "type": "b"}',
    "a name twice, deep": b'{"data": {"text": "a", "text": "b"}}',
    "deep lists": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    "deep, never closed": b"[" * 500_000,
    "100,000 names": json.dumps({f"n{n}": n for n in range(100_000)}).encode(),
    "raw control characters": b'{"a": "\x00\x01\x1b[31m"}',
    "gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
    "over a megabyte": b'{"a": "' + b"x" * BIG + b'"}',
    "over a megabyte of spaces": b" " * BIG,
    "a form": b"type=a&subject=b",
    "a multipart form": b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n',
}

TEXTS: dict[str, str] = {
    "Danish letters": "Smørrebrød på Ærø: æøå ÆØÅ",
    "decomposed letters": "A\u030alborg, Ko\u0308benhavn",
    "right to left": "\u202egnp.exe\u202c والماء يرتفع",
    "direction marks": "a\u200f\u200e\u2066b\u2069",
    "emoji": "🌊👩‍👩‍👧‍👦🏳️‍🌈🇩🇰",
    "combining": "Z\u0351\u036b\u0343a\u0323\u0323l\u035fg\u0489o",
    "no width": "van\u200bdet\ufeff",
    "beyond the plane": "𝕍𝕒𝕟𝕕 𐍈",
    "line breaks": "én\r\nto\u2028tre\u2029fire\x0bfem\x85",
    "a null": "før\x00efter",
    "control characters": "\x1b[31mrød\x1b[0m\x07\x08\x7f",
    "a terminal's title": "\x1b]0;titel\x07",
    "HTML": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "HTML out of an attribute": "\"><svg/onload=alert(1)>'",
    "a link that runs": "javascript:alert(1)",
    "Markdown": "[klik](javascript:alert(1)) ![](http://strandby.example/x.png)",
    "a Jinja template": "{{ 7*7 }}{% for x in y %}{{ config }}",
    "other templates": "${7*7} #{7*7} <%= 7*7 %> [[7*7]]",
    "a format string": "{0} {person.__class__} {x!r:>{width}} %s %n %(a)s",
    "a sentence's field": "{grounds} [ hvis {step} ] @asta-holm",
    "SQL": "'; DROP TABLE messages; --",
    "SQL with a comment": '" OR 1=1 /*',
    "SQL placeholders": ":id %(id)s $1 ? {list:ids}",
    "a spreadsheet formula": '=HYPERLINK("http://strandby.example";"klik")',
    "another formula": "+1+cmd|' /C calc'!A0",
    "a formula behind a minus": "-2+3",
    "a formula behind an at": "@SUM(1+1)",
    "a formula behind a tab": "\t=1+1",
    "a path": "../../../../etc/passwd\x00.txt",
    "a shell": "$(touch /tmp/x) `id` ; id | id",
    "a commitment's look": "commit:sha256:" + "a" * 64,
    "what erased reads": "[slettet]",
    "JSON": '{"a": [1, "b"]}',
    "a log line": '{"event": "falsk", "level": "error"}\n{"event": "to"}',
    "an event of the stream": "a\n\nevent: entry\ndata: {}\n\n",
    "one letter": "x",
    "only spaces": "   ",
    "quite long": "vand " * 3_900,
}

INSTANTS: dict[str, Any] = {
    "year 1": "0001-01-01T00:00:00+00:00",
    "before year 1": "0001-01-01T00:00:00+02:00",
    "year 9999": "9999-12-31T23:59:59+00:00",
    "after year 9999": "9999-12-31T23:59:59-02:00",
    "year 1899": "1899-12-30T00:00:00Z",
    "year 2200": "2200-06-01T00:00:00Z",
    "no time zone": "2023-10-20T22:06:00",
    "no time": "i går",
    "only a day": "2023-10-20",
    "the 30th of February": "2023-02-30T10:00:00Z",
    "25 o'clock": "2023-10-20T25:00:00Z",
    "a zone a week away": "2023-10-20T22:06:00+99:99",
    "a number": 1697839560,
    "a number as text": "1697839560",
    "a large number": 10**15,
    "less than nothing": -1,
    "nothing": "",
    "a list": ["2023-10-20T22:06:00Z"],
    "true": True,
}

Spoil = Callable[[dict[str, Any]], dict[str, Any]]


def _without(name: str) -> Spoil:
    return lambda given: {key: value for key, value in given.items() if key != name}


def _with(**changes: Any) -> Spoil:
    return lambda given: {**given, **changes}


def _in_data(**changes: Any) -> Spoil:
    return lambda given: {**given, "data": {**given["data"], **changes}}


FIELDS: dict[str, Spoil] = {
    **{f"without {name}": _without(name) for name in ("type", "subject", "actor", "data")},
    **{
        f"{name} is {what}": _with(**{name: value})
        for name in ("id", "type", "subject", "time", "actor", "data")
        for what, value in (("a number", 5), ("a list", [1]), ("false", False), ("an object", {"a": 1}), ("empty", ""))
    },
    **{f"{name} is null": _with(**{name: None}) for name in ("type", "subject", "actor", "data")},
    "an unknown field": _with(ukendt=1),
    "an unknown field with a hostile name": _with(**{"<b>{0}\u202e": 1}),
    "an unknown field in the data": _in_data(ukendt=1),
    "a future version": _with(type="dk.ddh.beredskab.write_log_entry.v2"),
    "a far future version": _with(type="dk.ddh.beredskab.write_log_entry.v" + "9" * 150),
    "version 0": _with(type="dk.ddh.beredskab.write_log_entry.v0"),
    "no version": _with(type="dk.ddh.beredskab.write_log_entry"),
    "an unknown type": _with(type="dk.ddh.beredskab.opfundet.v1"),
    "a foreign type": _with(type="com.example.ping"),
    "an event": _with(type="dk.ddh.beredskab.log_entry_recorded.v1"),
    "a timer": _with(type="dk.ddh.beredskab.timer_fired.v1"),
    "a base class": _with(type="dk.ddh.beredskab.command.v1"),
    "a hostile type": _with(type="'; DROP TABLE messages; --"),
    "a crisis in capitals": _with(subject="STRANDBY"),
    "a crisis that is a path": _with(subject="../../etc"),
    "a crisis with a line break": _with(subject="strandby-1\n"),
    "a crisis of 65 letters": _with(subject="a" * 65),
    "a crisis in Danish": _with(subject="sønderborg"),
    "an id that is none": _with(id="ikke-et-uuid"),
    "an id in braces": _with(id="{0192b3a0-1c2d-7000-8000-000000000001}"),
    "an id as a URN": _with(id="urn:uuid:0192b3a0-1c2d-7000-8000-000000000001"),
    "an id with a line break": _with(id="0192b3a0-1c2d-7000-8000-000000000001\n"),
    "nobody acts": _with(actor={}),
    "an unknown role": _with(actor={"person": "asta-holm", "role": "konge"}),
    "a person with a space": _with(actor={"person": "asta holm", "role": "log_keeper"}),
    "a deputy in words": _with(actor={"person": "asta-holm", "role": "log_keeper", "deputy": "ja"}),
    "a text that is a number": _in_data(text=5),
    "a text that is null": _in_data(text=None),
    "a text that is a list": _in_data(text=["a"]),
    "a text of 20,001 letters": _in_data(text="x" * 20_001),
    "an unknown choice": _in_data(kind="opfundet"),
    **{f"happened at {name}": _in_data(happened_at=value) for name, value in INSTANTS.items()},
}
"""Ways to spoil a good `write_log_entry` as it is sent by HTTP; each must be refused."""

PATHS: tuple[str, ...] = (
    "/%00", "/%ff", "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc%2fpasswd", "//strandby.example/", "/\\..\\..\\x",
    "/krise", "/krise/", "/krise/drift", "/krise/drift/", "/krise/drift/%00", "/krise/drift/%ff%fe",
    "/krise/%2e%2e/x", "/krise/drift/..%2f..", "/krise/oevelse.%2e%2e/x", "/krise/drift/<script>",
    "/krise/drift/%F0%9F%8C%8A", "/krise/drift/'%20OR%201=1--", "/krise/drift/" + "a" * 5_000,
    "/krise/drift/{crisis}/log/0", "/krise/drift/{crisis}/log/-1", "/krise/drift/{crisis}/log/x",
    "/krise/drift/{crisis}/log/1e3", "/krise/drift/{crisis}/log/%D9%A1", "/krise/drift/{crisis}/log/" + "9" * 30,
    "/krise/drift/{crisis}/log/" + "9" * 5_000, "/krise/drift/{crisis}/log/1.5", "/krise/drift/{crisis}/log/%00",
    "/krise/drift/{crisis}/findes-ikke", "/static/..%2f..%2fapp.py", "/static/%00", "/static/", "/static/findes.ikke",
    "/health/%00", "/api/%00", "/api/v1/environments/%00/commands", "/api/v1/environments/../../commands",
    "/{{7*7}}", "/%E0%A4%A", "/" + "a/" * 500,
)  # fmt: skip
"""Addresses nobody means; `{crisis}` is one that is there."""

QUERIES: tuple[str, ...] = (
    "lang=xx", "lang=%00", "lang=da&lang=en", "lang=" + "x" * 5_000, "lang[]=da", "%ff=%fe", "=", "&&&", "lang",
    "topic=", "topic=%00", "topic=list@", "topic=drift/x@-1", "topic=drift/{crisis}@99999999999999999999",
    "topic=drift/{crisis}@x", "topic=drift/../../x@1", "topic=" + "x" * 5_000,
    "&".join(f"topic=drift/k{n}@0" for n in range(50)),
)  # fmt: skip
HEADERS: tuple[tuple[str, bytes], ...] = (
    ("Accept-Language", b"\xff\xfe"), ("Accept-Language", b"da;q=x,*;q=9" * 400), ("Last-Event-ID", b"x" * 5_000),
    ("Last-Event-ID", b"drift/k@-1"), ("Last-Event-ID", b"\xe6\xf8\xe5"), ("Accept", b"application/x-ukendt"),
    ("Cookie", b"a=" + b"b" * 5_000), ("Range", b"bytes=0-,-1,5-2"), ("If-Modified-Since", b"0001-01-01"),
    ("If-None-Match", b'"\xff'), ("Accept-Encoding", b"gzip;q=x"), ("X-Forwarded-Host", b"strandby.example"),
    ("Content-Type", b"\xff"), ("Authorization", b"Bearer \x00\xff"), ("Authorization", b"Basic !!!"),
    ("Transfer-Encoding", b"gzip"), ("Expect", b"100-continue"), ("Upgrade", b"websocket"),
)  # fmt: skip
