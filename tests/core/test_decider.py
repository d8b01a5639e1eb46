"""Names and ids that everything else is found by: they never change, or yesterday's journal is another's."""

from __future__ import annotations

from uuid import UUID

from ddh_beredskab.core.decider import PersonNeeded, derived_id, fired_id, own_stream

CAUSE = UUID("018b4f9e-0000-7000-8000-000000000001")


def test_a_stream_is_named_for_its_concern_and_crisis() -> None:
    assert own_stream("guides", "strandby-1") == "guides-strandby-1"


def test_a_person_has_one_stream_for_all_crises() -> None:
    assert PersonNeeded("asta-holm").stream == "person-asta-holm"


def test_the_same_cause_gives_the_same_ids_and_every_event_its_own() -> None:
    ids = [derived_id(CAUSE, concern, index) for concern in ("guides", "logbook") for index in (0, 1)]
    assert len({*ids, fired_id(CAUSE)}) == 5
    assert ids == [derived_id(CAUSE, concern, index) for concern in ("guides", "logbook") for index in (0, 1)]
    assert str(fired_id(CAUSE)) == "389fb30c-c996-52d6-882a-c766c355371b"
    assert str(derived_id(CAUSE, "guides", 0)) == "beb4a7db-a97a-5c9c-b489-ab74381990e3"
