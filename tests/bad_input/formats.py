"""For schemathesis: instants that the door takes, most of them in the past, instead of any there could be."""

from __future__ import annotations

from datetime import UTC, datetime

import schemathesis
from hypothesis import strategies as st

_FIRST, _LAST = datetime(1900, 1, 2), datetime(2199, 12, 30)  # noqa: DTZ001 - hypothesis wants them naive
_LATELY = datetime(2020, 1, 1), datetime(2026, 1, 1)  # noqa: DTZ001


def _written(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


instants = st.one_of(
    st.datetimes(*_LATELY, timezones=st.just(UTC)), st.datetimes(_FIRST, _LAST, timezones=st.just(UTC))
).map(_written)

schemathesis.openapi.format("date-time", instants)
