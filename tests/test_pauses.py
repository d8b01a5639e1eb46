"""What a process has loaded at its start is not looked through at every collection."""

from __future__ import annotations

import gc

from ddh_beredskab.pauses import set_aside_what_is_loaded


def test_collections_pass_by_what_was_loaded() -> None:
    before = gc.get_freeze_count()
    try:
        set_aside_what_is_loaded()
        assert gc.get_freeze_count() > before + 10_000
        assert len(gc.get_objects()) < 10_000
    finally:
        gc.unfreeze()
