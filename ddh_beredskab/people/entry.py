"""Ways in: sessions, invitations and one-time codes.

Rules kept: a session ends when it is old, when its account is closed, or when anybody with the right ends it, and the
next click knows; an invitation and a code are good once; what the browser or the link carries is stored nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

from ddh_beredskab.clock import wall_micros
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.people.identity import How, Who
from ddh_beredskab.people.register import note, who_is
from ddh_beredskab.people.secrets import digest, new_code, new_token

MINUTE = 60 * 1_000_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
SESSION_FOR = 16 * HOUR
"""Long enough for a shift with its relief."""
FRESH_FOR = 5 * MINUTE
"""How often `seen_at` is written, at most."""

Purpose = Literal["invitation", "code", "open_form"]
GOOD_FOR = {"invitation": 7 * DAY, "code": 15 * MINUTE, "open_form": 365 * DAY}

_OPEN = Statement(
    "INSERT INTO sessions (id, person, how, made_at, seen_at, expires_at)"
    " VALUES (:id, :person, :how, :now, :now, :expires)"
)
_FIND = Statement(
    "SELECT s.person, s.how, s.seen_at, a.demo FROM sessions s LEFT JOIN accounts a ON a.person = s.person"
    " WHERE s.id = :id AND s.ended_at IS NULL AND s.expires_at > :now AND a.disabled_at IS NULL"
)
_SEEN = Statement("UPDATE sessions SET seen_at = :now WHERE id = :id")
_END = Statement("UPDATE sessions SET ended_at = :now WHERE id = :id AND ended_at IS NULL")
_END_ALL = Statement("UPDATE sessions SET ended_at = :now WHERE person = :person AND ended_at IS NULL")
_OF_PERSON = Statement(
    "SELECT id, how, made_at, seen_at FROM sessions WHERE person = :person AND ended_at IS NULL AND expires_at > :now"
    " ORDER BY made_at DESC"
)
_TICKET = Statement(
    "INSERT INTO tickets (id, purpose, person, municipality, made_by, made_at, expires_at)"
    " VALUES (:id, :purpose, :person, :municipality, :by, :now, :expires)"
)
_TICKET_OF = Statement(
    "SELECT purpose, person, municipality, made_by FROM tickets"
    " WHERE id = :id AND purpose = :purpose AND used_at IS NULL AND expires_at > :now"
)
_USE = Statement("UPDATE tickets SET used_at = :now WHERE id = :id AND used_at IS NULL AND expires_at > :now")


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a link or a code stands for."""

    purpose: Purpose
    person: str | None
    municipality: str | None
    made_by: str


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session as its owner, or the secretariat, may see it: no secret in it."""

    id: str
    how: How
    made_at: int
    seen_at: int


def open_session(conn: Conn, person: str, how: How) -> str:
    """What the browser is to keep."""
    token, now = new_token(), wall_micros()
    conn.run(_OPEN, id=digest(token), person=person, how=how, now=now, expires=now + SESSION_FOR)
    note(conn, person, "logged_in", person, how=how)
    return token


def who_holds(conn: Conn, token: str) -> tuple[Who, bool] | None:
    """Who the browser's token is, and whether `seen` should be told; null when it is nobody's any more."""
    id_, now = digest(token), wall_micros()
    row = conn.one(_FIND, id=id_, now=now)
    if row is None:
        return None
    who = who_is(conn, str(row[0]), cast("How", row[1]), id_, demo=bool(row[3]))
    return (who, now - int(row[2]) > FRESH_FOR) if who else None


def seen(conn: Conn, session: str) -> None:
    conn.run(_SEEN, id=session, now=wall_micros())


def end_session(conn: Conn, session: str, *, by: str, person: str) -> None:
    if conn.run(_END, id=session, now=wall_micros()):
        note(conn, by, "logged_out", person)


def end_all(conn: Conn, person: str, *, by: str) -> int:
    """End all of a person's sessions; how many there were."""
    ended = conn.run(_END_ALL, person=person, now=wall_micros())
    note(conn, by, "sessions_ended", person, count=ended)
    return ended


def sessions_of(conn: Conn, person: str) -> list[OpenSession]:
    return [
        OpenSession(id_, cast("How", how), int(made), int(seen_at))
        for id_, how, made, seen_at in conn.all(_OF_PERSON, person=person, now=wall_micros())
    ]


def new_ticket(
    conn: Conn, purpose: Purpose, *, by: str, person: str | None = None, municipality: str | None = None
) -> str:
    """The letters of an invitation's link, or of a code to be read aloud."""
    secret, now = (new_token() if purpose == "invitation" else new_code()), wall_micros()
    conn.run(
        _TICKET, id=digest(secret), purpose=purpose, person=person, municipality=municipality, by=by, now=now,
        expires=now + GOOD_FOR[purpose],
    )  # fmt: skip
    note(conn, by, f"ticket_{purpose}", person or "", municipality=municipality)
    return secret


def look_at(conn: Conn, secret: str, purpose: Purpose) -> Ticket | None:
    """What it stands for, unused."""
    row = conn.one(_TICKET_OF, id=digest(secret), purpose=purpose, now=wall_micros())
    return Ticket(cast("Purpose", row[0]), row[1], row[2], str(row[3])) if row else None


def use(conn: Conn, secret: str, purpose: Purpose) -> Ticket | None:
    """Use it up; null when it was never good, or somebody was first."""
    ticket = look_at(conn, secret, purpose)
    if ticket is None or not conn.run(_USE, id=digest(secret), now=wall_micros()):
        return None
    return ticket
