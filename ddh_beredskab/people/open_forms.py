"""Sheets with a QR and a one-time code, by which a municipality reports an incident when log-in is gone.

Rules kept: a sheet's code is good once; a lost sheet can be called back; the code alone activates nothing (the core
asks for a call back).
"""

from __future__ import annotations

from ddh_beredskab.clock import wall_micros
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.people.register import note

_GOOD = Statement(
    "SELECT municipality, count(*), max(made_at) FROM tickets WHERE purpose = 'open_form' AND used_at IS NULL"
    " AND expires_at > :now GROUP BY municipality"
)
_CALL_BACK = Statement(
    "UPDATE tickets SET used_at = :now WHERE purpose = 'open_form' AND municipality = :municipality AND used_at IS NULL"
)


def good_sheets(conn: Conn) -> dict[str, tuple[int, int]]:
    """Municipality -> (how many sheets are good, when the newest was made in microseconds)."""
    return {str(code): (int(count), int(made)) for code, count, made in conn.all(_GOOD, now=wall_micros())}


def call_back(conn: Conn, municipality: str, *, by: str) -> int:
    """None of a municipality's sheets is good any more; how many there were."""
    count = conn.run(_CALL_BACK, now=wall_micros(), municipality=municipality)
    note(conn, by, "open_forms_called_back", "", municipality=municipality, count=count)
    return count
