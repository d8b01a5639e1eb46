"""Eksterne kontakter: who outside the staff we talk to, and who of us holds the line.

Rules: numbered from 1; a contact that is closed stays on the list and is not changed any more. Name and phone number
are personal and stand in no log line; the organisation does.
"""

from __future__ import annotations

from ddh_beredskab.core.crisis_staff.search import Desk
from ddh_beredskab.core.crisis_staff.states import Contact
from ddh_beredskab.core.crisis_staff.who_may import staff_or_secretariat
from ddh_beredskab.core.decider import Refused
from schemas import crisis_staff as s
from schemas.base import Actor, Event


def add_contact(desk: Desk, command: s.AddExternalContact, actor: Actor) -> list[Event]:
    """AddExternalContact."""
    staff_or_secretariat(desk, actor)
    _named(command.organisation)
    return [s.ExternalContactAdded(number=len(desk.work.contacts) + 1, **command.model_dump())]


def change_contact(desk: Desk, command: s.ChangeExternalContact, actor: Actor) -> list[Event]:
    """ChangeExternalContact."""
    staff_or_secretariat(desk, actor)
    _open(desk, command.number)
    _named(command.organisation)
    return [s.ExternalContactChanged(**command.model_dump())]


def close_contact(desk: Desk, command: s.CloseExternalContact, actor: Actor) -> list[Event]:
    """CloseExternalContact."""
    staff_or_secretariat(desk, actor)
    contact = _open(desk, command.number)
    return [s.ExternalContactClosed(number=command.number, organisation=contact.organisation, note=command.note)]


def _named(organisation: str) -> None:
    if not organisation.strip():
        raise Refused("contact_organisation_missing")


def _open(desk: Desk, number: int) -> Contact:
    if number > len(desk.work.contacts):
        raise Refused("no_such_contact", number=number)
    if not (contact := desk.work.contacts[number - 1]).open:
        raise Refused("contact_is_closed", number=number)
    return contact
