"""What people wrote cannot act on the terminal of who reads it."""

from __future__ import annotations

import pytest

from ddh_beredskab.plain_text import plain


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Vandet stiger: æøå 🌊 والماء\n\tto linjer", "Vandet stiger: æøå 🌊 والماء\n\tto linjer"),
        ("\x1b[31mrød\x1b[0m", "\ufffd[31mrød\ufffd[0m"),
        ("\x1b]0;titel\x07", "\ufffd]0;titel\ufffd"),
        ("slettet\r\x08ny \x7f\x9b1m", "slettet\ufffd\ufffdny \ufffd\ufffd1m"),
        ("fil\u202egpj.exe\u202c", "fil\ufffdgpj.exe\ufffd"),
        ("", ""),
    ],
)
def test_signs_that_act_are_shown_as_what_cannot_be_shown(given: str, shown: str) -> None:
    assert plain(given) == shown
