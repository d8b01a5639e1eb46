"""Ny øvelse: choose a recording and a kind of exercise, then the stretch, the speed, who plays what, and the injects.

Rules kept: nothing is made before *Gør klar*; what cannot be is said beside its field; a part nobody takes is played by
the recording, so an exercise can begin with one participant; who plays two parts has the roles of both.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.responses import Response

from ddh_beredskab.drills.exercises import TEMPLATES, Exercise
from ddh_beredskab.drills.findings import open_findings
from ddh_beredskab.drills.plan import Plan, Template
from ddh_beredskab.drills.recording_model import Recording
from ddh_beredskab.drills.starting import PlanRefused, start_drill
from ddh_beredskab.errors import UserError
from ddh_beredskab.people import register
from ddh_beredskab.people.register import Person, PositionHeld
from ddh_beredskab.playbooks.problems import PlaybookError
from ddh_beredskab.web.exercise_injects import comes_when
from ddh_beredskab.web.exercise_shelf import RecordedPart, Shelf, moments, recorded_parts, shelf_of, takes_over
from ddh_beredskab.web.forms import Fields, instant_of
from ddh_beredskab.web.plain_forms import fields_of, text_of
from ddh_beredskab.web.shown_again import again
from ddh_beredskab.web.site import Handler, Page
from ddh_beredskab.web.views import role_name
from ddh_beredskab.web.visit import Mistake, Visit
from ddh_beredskab.web.words import local

SPEEDS = (1, 2, 5, 10, 30, 60)
LONGEST_TITLE = 120
_LEADS = ("drill_leader", "secretariat")
_WATCHES = ("evaluator", "observer")


async def new(visit: Visit) -> Response:
    """First the recording and the kind, then everything else."""
    if visit.site.drills is None:
        return visit.page("error.html", visit.words.t("exercise.not_here"), status=404, hint="")
    shelf = shelf_of(visit.site.drills)
    fields = visit.filled.values if visit.filled.name == "exercise" else None
    name = text_of(fields, "recording") if fields is not None else visit.query.get("optagelse", "")
    template = text_of(fields, "template") if fields is not None else visit.query.get("skabelon", "")
    recording = await shelf.recording(name) if name else None
    templates = shelf.templates()
    if recording is None or template not in TEMPLATES:
        return visit.page(
            "exercise/choose.html",
            visit.words.t("exercise.new"),
            recordings=await shelf.recordings(),
            templates=templates,
            chosen=template if template in TEMPLATES else "procedure",
            findings=await visit.site.people.read(open_findings),
            today=local(datetime.now(UTC)).date(),
        )
    return await _form(visit, shelf, recording, template)


async def _form(visit: Visit, shelf: Shelf, recording: Recording, template: Template) -> Response:
    exercise = shelf.templates().templates[template]
    asked = instant_of(visit.query.get("fra", ""))
    begins = asked if asked and recording.starts_at <= asked <= recording.ends_at else takes_over(recording)
    ends = min(begins + timedelta(minutes=exercise.minutes), recording.ends_at)
    people, held = await _register(visit)
    parts = recorded_parts(recording)
    suggested = suggest(parts, exercise, people, held)
    injects = shelf.injects(recording, exercise, begins)
    first, later = _in_order(parts, exercise)
    assert visit.who is not None
    return visit.page(
        "exercise/plan.html",
        visit.words.t("exercise.new"),
        recording=recording,
        kind=template,
        exercise=exercise,
        moments=moments(recording),
        begins=begins,
        ends=ends,
        first=[_part(visit, each, recording, suggested, people, held) for each in first],
        later=[_part(visit, each, recording, {}, people, held) for each in later],
        leaders=_choice(people, held, _LEADS),
        watchers=_choice(people, held, _WATCHES),
        injects=[(each, comes_when(visit, each)) for each in injects],
        ticked=[each.key for each in injects if each.at is None or begins <= each.at <= ends],
        role_of=lambda role: role_name(visit.site.playbooks, role),  # pyright: ignore[reportUnknownArgumentType, reportUnknownLambdaType]
        speeds=SPEEDS,
    )


def suggest(
    parts: Sequence[RecordedPart], exercise: Exercise, people: Sequence[Person], held: Sequence[PositionHeld]
) -> dict[str, str]:
    """Part -> who in the register has that role to daily use; nobody twice, and nobody in a role the kind has not."""
    known, taken, found = {each.ref for each in people}, set[str](), dict[str, str]()
    recorded = {each.ref for each in parts}
    for role in exercise.roles:
        part = next((each for each in parts if role in each.holds), None)
        if part is None or part.ref in found:
            continue
        able = [part.ref] if part.ref in known else []
        able += [each.person for each in held if each.role == role and each.person not in recorded]
        if person := next((each for each in able if each not in taken and each in known), None):
            found[part.ref] = person
            taken.add(person)
    return found


def _in_order(parts: Sequence[RecordedPart], exercise: Exercise) -> tuple[list[RecordedPart], list[RecordedPart]]:
    """Those whose roles the kind is about, in its order, and the others."""
    first: list[RecordedPart] = []
    for role in exercise.roles:
        first += [each for each in parts if role in each.holds and each not in first]
    return first, [each for each in parts if each not in first]


def _part(
    visit: Visit,
    part: RecordedPart,
    recording: Recording,
    suggested: dict[str, str],
    people: Sequence[Person],
    held: Sequence[PositionHeld],
) -> dict[str, Any]:
    """One line of the cast: the part, and whom it can be given to, those who have the role first."""
    recorded = set(recording.people) - {part.ref}
    roles = {each.person for each in held if each.role in part.roles} | {part.ref}
    able = [each for each in people if each.ref not in recorded]
    homes = {each.code: each.name for each in recording.municipalities}
    return {
        "ref": part.ref,
        "name": part.name,
        "municipality": homes.get(part.municipality, part.municipality),
        "roles": ", ".join(role_name(visit.site.playbooks, role) for role in part.roles),
        "chosen": suggested.get(part.ref, ""),
        "have": [(each.ref, each.name) for each in able if each.ref in roles],
        "others": [(each.ref, each.name) for each in able if each.ref not in roles],
    }


def _choice(people: Sequence[Person], held: Sequence[PositionHeld], roles: tuple[str, ...]) -> list[tuple[str, str]]:
    there = {each.person for each in held if each.role in roles}
    return [(each.ref, each.name) for each in people if each.ref in there]


async def _register(visit: Visit) -> tuple[list[Person], list[PositionHeld]]:
    """Everybody who can log in, and what they are."""
    people, held = await visit.site.people.read(lambda conn: (register.persons(conn), register.positions(conn)))
    return [each for each in people if each.login and not each.disabled], held


# -- Gør klar ---------------------------------------------------------------------------------------


async def make(visit: Visit) -> Response:
    """Make the exercise ready, and go to its leader's page."""
    stage = visit.site.drills
    if stage is None:
        return visit.page("error.html", visit.words.t("exercise.not_here"), status=404, hint="")
    fields = await fields_of(visit)
    shelf = shelf_of(stage)
    recording = await shelf.recording(text_of(fields, "recording"))
    template = text_of(fields, "template")
    if recording is None or template not in TEMPLATES:
        return visit.go("/oevelser/ny")
    plan = planned_from(visit, fields, shelf, recording, template)
    if isinstance(plan, list):
        return await again(visit, "exercise", fields, plan, new)
    assert visit.who is not None
    try:
        drill = await start_drill(stage, plan, visit.who.person)
    except PlanRefused as refused:
        wrong = [Mistake(_field(each.place), each.sentence) for each in refused.problems]
        return await again(visit, "exercise", fields, wrong, new)
    except UserError as error:
        return await again(visit, "exercise", fields, [Mistake("", error.sentence)], new)
    await visit.site.environments.refresh()
    return visit.go(f"/oevelse/oevelse.{drill}/leder", gjort="klar")


def planned_from(
    visit: Visit, fields: Fields, shelf: Shelf, recording: Recording, template: Template
) -> Plan | list[Mistake]:
    """The plan a form stands for, or what is wrong with it."""
    mistakes: list[Mistake] = []
    say = visit.words.t
    title = text_of(fields, "title")
    if not title or len(title) > LONGEST_TITLE:
        mistakes.append(Mistake("title", say("form.too_long", limit=LONGEST_TITLE) if title else say("form.missing")))
    begins, ends = _time(fields, "starts_at"), _time(fields, "ends_at")
    mistakes += [Mistake(name, say("form.time")) for name, at in (("starts_at", begins), ("ends_at", ends)) if not at]
    speed = text_of(fields, "speed")
    if not speed.isdecimal() or not 1 <= int(speed) <= 60:
        mistakes.append(Mistake("speed", say("exercise.wrong.speed")))
    cast_ = {
        name.removeprefix("cast."): str(fields[name]) for name in fields if name.startswith("cast.") and fields[name]
    }
    if not cast_:
        mistakes.append(Mistake("cast", say("exercise.wrong.nobody")))
    if not text_of(fields, "leader"):
        mistakes.append(Mistake("leader", say("form.choose")))
    if mistakes or begins is None or ends is None:
        return mistakes
    exercise = shelf.templates().templates[template]
    chosen = set(fields.getlist("inject"))
    # Those of the template count from when the participants take over, which may have been moved in the form.
    injects = [each for each in shelf.injects(recording, exercise, begins) if each.key in chosen]
    return Plan(
        title=title,
        template=template,
        recording=recording.name,
        recording_sha256=recording.sha256,
        starts_at=begins,
        ends_at=ends,
        speed=float(speed),
        skip_quiet="skip_quiet" in fields,
        leader=text_of(fields, "leader"),
        cast=cast_,
        watchers=tuple(str(each) for each in fields.getlist("watchers")),
        injects=tuple(injects),
    )


def _time(fields: Fields, name: str) -> datetime | None:
    return instant_of(text_of(fields, name))


def _field(place: str) -> str:
    """The field of the form that a field of the plan was made from."""
    return {"injects": "inject", "recording_sha256": ""}.get(place, place)


def _told(handle: Handler) -> Handler:
    """Templates or injects with a mistake in them: it is said, with its line, to whoever can have it mended."""

    async def told(visit: Visit) -> Response:
        try:
            return await handle(visit)
        except PlaybookError as error:
            return visit.page("error.html", visit.words.t("exercise.broken"), status=503, hint=error.sentence)

    return told


PAGES = (Page("GET", "/oevelser/ny", _told(new)), Page("POST", "/oevelser/ny", _told(make)))
