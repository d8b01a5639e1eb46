"""The pages by area: each module lists its doors, and `ALL` is what the site is made of.

Rule kept: an area knows its own words (`i18n/<language>/<area>.yaml`), templates (`templates/<area>/`) and actions; it
meets the others only through the crisis.
"""

from __future__ import annotations

from collections.abc import Sequence

from ddh_beredskab.web.pages import (
    brief,
    contacts,
    crises,
    ddh_status,
    decision,
    desk,
    desk_moves,
    entry,
    guide,
    guide_draft,
    guide_versions,
    health,
    incident,
    incident_open,
    incident_receipt,
    incident_report,
    logbook,
    meetings,
    overview,
    papers,
    people,
    people_moves,
    phonelist,
    questions,
    readiness,
    settings,
    shift,
    situation,
    staff,
    staff_moves,
    stepdown,
    steps,
    tasks,
    theme,
)
from ddh_beredskab.web.site import Page

ALL: Sequence[Page] = (
    *brief.PAGES,
    *contacts.PAGES,
    *crises.PAGES,
    *ddh_status.PAGES,
    *decision.PAGES,
    *desk.PAGES,
    *desk_moves.PAGES,
    *entry.PAGES,
    *guide.PAGES,
    *guide_draft.PAGES,
    *guide_versions.PAGES,
    *health.PAGES,
    *incident.PAGES,
    *incident_open.PAGES,
    *incident_receipt.PAGES,
    *incident_report.PAGES,
    *logbook.PAGES,
    *meetings.PAGES,
    *overview.PAGES,
    *papers.PAGES,
    *people.PAGES,
    *people_moves.PAGES,
    *phonelist.PAGES,
    *questions.PAGES,
    *situation.PAGES,
    *staff.PAGES,
    *staff_moves.PAGES,
    *stepdown.PAGES,
    *steps.PAGES,
    *tasks.PAGES,
    *theme.PAGES,
    *readiness.PAGES,
    *settings.PAGES,
    *shift.PAGES,
)
