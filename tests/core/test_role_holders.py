"""Who may do what: the role that is asked for, and the person who holds it."""

from __future__ import annotations

import pytest

from ddh_beredskab.core.decider import Refused
from ddh_beredskab.core.role_holders import require
from schemas.base import Role
from tests.core.cast import actor


def refusal(role: Role, *allowed: Role) -> dict[str, str]:
    with pytest.raises(Refused) as caught:
        require(actor("bo", role), allowed, {}, [])
    assert caught.value.code == "role_may_not"
    return dict(caught.value.facts)


def test_the_role_that_is_needed_is_named_only_when_there_is_one() -> None:
    assert refusal("observer", "crisis_leader") == {"role": "observer", "needed": "crisis_leader"}
    assert refusal("observer", "crisis_leader", "log_keeper") == {"role": "observer"}


def test_a_role_outside_the_staff_needs_no_holder() -> None:
    require(actor("bo", "secretariat"), ("secretariat",), {}, [])
