"""`crisis list` and `crisis show`: how the crises stand, from the read models, without a browser."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from ddh_beredskab.cli.options import Crisis, Data, Environment, Json, PlaybookFolder, settings_of
from ddh_beredskab.i18n import say

if TYPE_CHECKING:
    from ddh_beredskab.cli.journals import Opened
    from ddh_beredskab.core.playbook import Playbooks
    from ddh_beredskab.journal.connection import Conn
    from ddh_beredskab.settings import Settings


def list_crises(data: Data = None, environment: Environment = None, json: Json = False) -> None:
    from ddh_beredskab.cli.output import columns, out, out_json

    found = asyncio.run(_list(settings_of(data), environment))
    if json:
        out_json({"crises": found})
        return
    if not found:
        out(say("cli.crisis.none"))
        return
    head = tuple(say(f"cli.crisis.{name}") for name in ("id", "environment", "phase", "reported", "title"))
    rows = [
        (each["crisis_id"], each["environment"], _phase(each["phase"]), _when(each["reported_at"]), each["title"])
        for each in found
    ]
    columns([head, *rows])


def show(
    crisis: Crisis,
    data: Data = None,
    playbooks: PlaybookFolder = None,
    environment: Environment = None,
    json: Json = False,
) -> None:
    from ddh_beredskab.cli.output import out, out_json

    settings = settings_of(data, playbooks)
    found, books = asyncio.run(_show(settings, crisis, environment))
    if json:
        out_json(found)
        return
    for line in lines_of(found, books):
        out(line)


async def _list(settings: Settings, environment: str | None) -> list[dict[str, Any]]:
    from ddh_beredskab.bootstrap import environments
    from ddh_beredskab.cli.journals import journals

    if environment is None and not await environments(settings):
        return []
    found: list[dict[str, Any]] = []
    async with journals(settings, environment) as all_:
        for opened in all_:
            found += await opened.database.read(lambda conn, at=opened.environment: _lines(conn, at))
    return found


def _lines(conn: Conn, environment: str) -> list[dict[str, Any]]:
    from ddh_beredskab.cli.journals import subjects
    from ddh_beredskab.projections.documents import document
    from ddh_beredskab.projections.situation import ALL, SITUATION

    listed: dict[str, Any] = (document(conn, SITUATION, ALL) or {"crises": {}})["crises"]
    found: list[dict[str, Any]] = []
    for crisis in subjects(conn):
        line: dict[str, Any] = listed.get(crisis) or {}
        found.append(
            {
                "crisis_id": crisis,
                "environment": environment,
                "phase": line.get("phase"),
                "level": line.get("level"),
                "kind": line.get("kind"),
                "title": line.get("title", ""),
                "authority": line["authority"]["name"] if line.get("authority") else None,
                "reported_at": line.get("reported_at"),
                "activated_at": line.get("activated_at"),
                "closed_at": line.get("closed_at"),
            }
        )
    return sorted(found, key=lambda each: each["reported_at"] or "9999", reverse=True)


async def _show(settings: Settings, crisis: str, environment: str | None) -> tuple[dict[str, Any], Playbooks]:
    from ddh_beredskab.bootstrap import rules
    from ddh_beredskab.cli.journals import journal_with

    books = rules(settings)
    async with journal_with(settings, crisis, environment) as opened:
        return await opened.database.read(lambda conn: overview(conn, opened, crisis, books)), books


def overview(conn: Conn, opened: Opened, crisis: str, books: Playbooks) -> dict[str, Any]:
    """Everything `crisis show` tells, as plain data; null where nothing has happened."""
    from ddh_beredskab.cli.journals import names
    from ddh_beredskab.journal.clock_row import clock_now
    from ddh_beredskab.projections import MODELS, behind
    from ddh_beredskab.projections.checklist import CHECKLIST, steps_done
    from ddh_beredskab.projections.documents import document
    from ddh_beredskab.projections.feedback_reports import FEEDBACK_REPORTS, counts, open_gaps
    from ddh_beredskab.projections.guide_in_force import GUIDE_IN_FORCE
    from ddh_beredskab.projections.questions_by_topic import questions_by_topic
    from ddh_beredskab.projections.roster import ROSTER, holders
    from ddh_beredskab.projections.situation import SITUATION
    from ddh_beredskab.projections.timeline import TIMELINE

    now = clock_now(conn)
    known = names(conn)
    situation: dict[str, Any] = document(conn, SITUATION, crisis) or {}
    guide: dict[str, Any] = document(conn, GUIDE_IN_FORCE, crisis) or {}
    reports = document(conn, FEEDBACK_REPORTS, crisis)
    log: dict[str, Any] = document(conn, TIMELINE, crisis) or {}
    steps = steps_done(document(conn, CHECKLIST, crisis), books.steps.steps, now)
    issued, acknowledged = counts(reports)
    roles = holders(document(conn, ROSTER, crisis))
    return {
        "crisis_id": crisis,
        "environment": opened.environment,
        "drill": opened.drill,
        "now": now.isoformat(),
        "rows_behind": behind(conn, MODELS),
        **{name: situation.get(name) for name in _SITUATION},
        "authority": situation["authority"]["name"] if situation.get("authority") else None,
        "decision": situation.get("decision"),
        "score": situation.get("score"),
        "staff": {role: {"person": ref, "name": known.get(ref)} for role, ref in roles.items()},
        "guide": {
            name: guide.get(name) for name in ("state", "version", "fresh_at", "interval_minutes", "overdue_since")
        },
        "questions": [
            {"topic": each.topic, "total": each.total} for each in questions_by_topic(conn, crisis, now, staff=True)
        ],
        "gaps": [{"topic": topic, "unanswered": count} for topic, count in open_gaps(reports)],
        "reports": {"issued": issued, "acknowledged": acknowledged},
        "log": {"entries": log.get("entries", 0), "head": log.get("head")},
        "steps": [{"no": each.step.no, "text": each.step.text, "status": each.status} for each in steps],
    }


_SITUATION = ("phase", "phase_since", "level", "kind", "title", "reported_at", "activated_at", "closed_at")
_GUIDE = ("state", "version", "fresh_at", "interval_minutes", "overdue_since")


def lines_of(found: dict[str, Any], books: Playbooks) -> list[str]:
    """The overview for people."""
    lines = [f"{found['title'] or found['crisis_id']}"]
    if found["drill"]:
        lines[0] = f"{say('cli.drill_mark')} {lines[0]}"
    if found["phase"] is None:
        return [*lines, say("cli.crisis.not_decided")]

    def line(name: str, text: object) -> None:
        lines.append(f"{say(f'cli.crisis.{name}')}: {text}")

    line("id", f"{found['crisis_id']} ({found['environment']})")
    line("phase", f"{_phase(found['phase'])}, {_when(found['phase_since'])}")
    line("authority", found["authority"] or "-")
    if found["level"]:
        line("level", say(f"level.{found['level']}"))
    line("reported", _when(found["reported_at"]))
    if score := found["score"]:
        lines.append(score["explanation"])
    if decision := found["decision"]:
        line("decision", f"{say('outcome.' + decision['outcome'])}, {_when(decision['at'])}")
    if staff := found["staff"]:
        who = [f"{_role(books, role)}: {held['name'] or held['person']}" for role, held in staff.items()]
        line("staff", "; ".join(who))
    if (guide := found["guide"])["version"] is not None:
        line("guide", say("cli.crisis.guide_line", version=guide["version"], fresh=_when(guide["fresh_at"])))
    total = sum(each["total"] or 0 for each in found["questions"])
    line("questions", say("cli.crisis.questions_line", total=total, gaps=len(found["gaps"])))
    line("reports", say("cli.crisis.reports_line", **found["reports"]))
    line("log", say("cli.crisis.log_line", entries=found["log"]["entries"]))
    lines += ["", say("cli.crisis.steps")]
    lines += [f"  {say('step.' + each['status']):>10}  {each['no']:>2}. {each['text']}" for each in found["steps"]]
    if found["rows_behind"]:
        lines += ["", say("cli.crisis.behind", rows=found["rows_behind"])]
    return lines


def _role(books: Playbooks, role: str) -> str:
    return next((card.name for name, card in books.roles.roles.items() if name == role), role)


def _phase(phase: str | None) -> str:
    return say(f"phase.{phase or 'waiting'}")


def _when(text: str | None) -> str:
    from ddh_beredskab.danish_time import day_and_clock
    from ddh_beredskab.projections.read_model import instant

    return day_and_clock(instant(text)) if text else "-"
