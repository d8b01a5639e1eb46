"""The staff's table as documents, one per crisis and question: `<crisis>/<part>`; see `model` for the parts.

Each file tells one part: its events, and a pure fold of one of them into its document.
"""

from ddh_beredskab.projections.staff_room.model import PARTS, STAFF_ROOM, Part, part_key, staff_room

__all__ = ["PARTS", "STAFF_ROOM", "Part", "part_key", "staff_room"]
