"""`drill list` and `drill run`: recordings, and playing one through the real stream agents."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ddh_beredskab.cli.options import Data, Json, PlaybookFolder, settings_of
from ddh_beredskab.cli.output import columns, out, out_json, remark
from ddh_beredskab.i18n import say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ddh_beredskab.core.playbook import Playbooks
    from ddh_beredskab.drills.account import Account
    from ddh_beredskab.drills.driver import Step
    from ddh_beredskab.drills.recording_model import Recording
    from ddh_beredskab.settings import Settings
    from schemas.drill_summary import DrillSummary

DEFAULT_SPEED = 60.0


def list_drills(data: Data = None, playbooks: PlaybookFolder = None, json: Json = False) -> None:
    from ddh_beredskab.drills.recording import known_recordings, load_recording
    from ddh_beredskab.errors import UserError

    found: list[dict[str, Any]] = []
    for name, folder in known_recordings(search_in(settings_of(data, playbooks))).items():
        try:
            recording = load_recording(folder)
        except UserError as error:
            found.append({"name": name, "title": None, "inputs": None, "problem": error.sentence.splitlines()[0]})
            continue
        facts = {"name": name, "title": recording.title, "inputs": len(recording.inputs), "problem": None}
        times = {"starts_at": recording.starts_at.isoformat(), "ends_at": recording.ends_at.isoformat()}
        found.append({**facts, **times})
    if json:
        out_json({"drills": found})
        return
    if not found:
        out(say("cli.drill.none"))
    columns([(each["name"], each["title"] or say("cli.drill.broken", problem=each["problem"])) for each in found])


def run(
    name: Annotated[str | None, typer.Argument(metavar="NAVN", help=say("cli.drill.name"), show_default=False)] = None,
    speed: Annotated[
        float | None, typer.Option("--speed", min=0.1, max=3600, metavar="TAL", help=say("cli.drill.speed"))
    ] = None,
    fast: Annotated[bool, typer.Option("--fast", help=say("cli.drill.fast"))] = False,
    plan: Annotated[Path | None, typer.Option("--plan", metavar="FIL", help=say("cli.drill.plan"))] = None,
    data: Data = None,
    playbooks: PlaybookFolder = None,
    json: Json = False,
) -> None:
    from ddh_beredskab.errors import UserError

    if fast and speed is not None:
        raise UserError("speed_or_fast", place="--speed/--fast")
    if (name is None) == (plan is None):
        raise UserError("name_or_plan", place="NAVN/--plan")
    settings = settings_of(data, playbooks)
    if plan is not None:
        given = (None if fast else speed,) if fast or speed is not None else None
        found, account, recording = _by_plan(settings, plan, given, json)
    else:
        found, account, recording = _played(settings, name or "", None if fast else speed or DEFAULT_SPEED, json)
    summary = found.model_dump(mode="json")
    if json:
        out_json(summary)
    else:
        for line in summary_lines(summary):
            out(line)
    if account.lost or account.doubled:
        remark(say("cli.drill.broken_promise", lost=len(account.lost), doubled=len(account.doubled)))
        for each in [*account.lost, *account.doubled][:20]:
            remark(f"  {each}")
        raise typer.Exit(1)
    ended = [each.phase for each in found.crises]
    if plan is None and recording.ends and ended != list(recording.ends):
        remark(say("cli.drill.other_end", ended=_phases(ended), meant=_phases(recording.ends)))
        raise typer.Exit(1)


def _played(settings: Settings, name: str, speed: float | None, json: bool) -> tuple[DrillSummary, Account, Recording]:
    """A recording, from its beginning to its end."""
    from ddh_beredskab.run_drill import run_drill

    recording = load(settings, name)
    _quiet_log(settings.data)
    with _Shown(recording, quiet=json) as on_step:
        try:
            found, account = asyncio.run(run_drill(settings, recording, speed=speed, on_step=on_step))
        except KeyboardInterrupt:
            if not json:
                remark(say("cli.drill.interrupted", name=name))
            raise
    return found, account, recording


def _by_plan(
    settings: Settings, file: Path, speed: tuple[float | None] | None, json: bool
) -> tuple[DrillSummary, Account, Recording]:
    """A drill as a plan says, with participants, without `up`; one that was broken off goes on.

    `speed` (null inside: fast) stands before the plan's.
    """
    from ddh_beredskab.cli.drill_lead import read_plan
    from ddh_beredskab.errors import UserError
    from ddh_beredskab.led_drill import lead_with_own_worker, ready_drill
    from ddh_beredskab.streams.supervisor_file import is_running

    if is_running(settings.data):
        raise UserError("drill_plan_while_up", place=str(settings.data))
    plan = read_plan(file)
    recording = load(settings, plan.recording)
    _quiet_log(settings.data)
    with _Shown(recording, quiet=json) as on_step:
        try:
            name = asyncio.run(ready_drill(settings, plan, speed[0] if speed else plan.speed))
            ended = asyncio.run(lead_with_own_worker(settings, name, on_step=on_step))
        except KeyboardInterrupt:
            if not json:
                remark(say("cli.drill.plan_interrupted", file=file))
            raise
    assert ended is not None, "a drill that is made ready has not ended"
    return *ended, recording


def _phases(phases: Sequence[str | None]) -> str:
    return ", ".join(say(f"phase.{each or 'waiting'}") for each in phases)


def search_in(settings: Settings) -> list[Path]:
    """Where recordings are looked for: beside the playbooks in use."""
    from ddh_beredskab.playbooks import find_playbooks

    return [find_playbooks(settings.playbooks) / "drills"]


def load(settings: Settings, name: str) -> Recording:
    """The recording of that name, its topics checked against the playbook of its kind."""
    from ddh_beredskab.bootstrap import rules

    return with_known_topics(name, search_in(settings), rules(settings))


def with_known_topics(where: str | Path, search: list[Path], playbooks: Playbooks) -> Recording:
    """The recording; read again, for the sentences, only when a question is on a topic the playbook does not know."""
    from ddh_beredskab.drills.recording import load_recording
    from schemas.feedback import FeedbackItem

    recording = load_recording(where, search)
    topics = [topic.key for topic in playbooks.kinds[recording.kind].topics]
    asked = {each.payload.topic for each in recording.inputs if isinstance(each.payload, FeedbackItem)}
    return recording if asked <= set(topics) else load_recording(where, search, topics=topics)


def summary_lines(summary: dict[str, Any]) -> list[str]:
    """The summary for people: what happened, and whether the engine kept its promises."""
    log, guide, feedback = summary["log"], summary["guide"], summary["feedback"]
    return [
        say("cli.summary.phase", phase=say(f"phase.{summary['phase'] or 'waiting'}"), crisis=summary["crisis_id"]),
        say("cli.summary.decision", minutes=_number(summary["decision"]["minutes"])),
        say("cli.summary.staff", minutes=_number(summary["staff"]["minutes_to_established"]),
            escalations=summary["staff"]["escalations"]),
        say("cli.summary.guide", versions=guide["versions"], gap=_number(guide["longest_gap_minutes"]),
            interval=_number(guide["interval_minutes"])),
        say("cli.summary.feedback", received=feedback["received"], unique=feedback["unique"],
            redacted=feedback["redacted"]),
        say("cli.summary.reports", **summary["reports"]),
        say("cli.summary.log", entries=log["entries"],
            chain=say("cli.summary.chain_ok" if log["chain_ok"] else "cli.summary.chain_broken")),
        say("cli.summary.engine", lost=summary["lost"], doubled=summary["doubled"],
            quarantined=summary["quarantined"], timers=summary["timers_fired"]),
        say("cli.summary.digest", digest=summary["decisions_sha256"]),
        say("cli.summary.seconds", seconds=_number(summary["seconds"])),
    ]  # fmt: skip


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.1f}".replace(",", " ").replace(".", ",").replace(" ", ".").removesuffix(",0")


def _quiet_log(data: Path) -> None:
    """The supervisor's own lines go to a file, so that the terminal belongs to the drill."""
    from ddh_beredskab.bootstrap import configure_logging

    folder = data / "log"
    folder.mkdir(parents=True, exist_ok=True)
    configure_logging(stream=(folder / "drill.log").open("a", encoding="utf-8"))


class _Shown:
    """A progress bar on a terminal; lines now and then elsewhere; nothing with `--json`."""

    def __init__(self, recording: Recording, *, quiet: bool) -> None:
        self._inputs = len(recording.inputs)
        self._quiet = quiet
        self._bar: Any = None
        self._task: Any = None
        self._told = -1

    def __enter__(self) -> Callable[[Step], None]:
        if self._quiet:
            return lambda _step: None
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

            columns_ = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
            self._bar = Progress(*columns_, console=Console(stderr=True))
            self._bar.start()
            self._task = self._bar.add_task(say("cli.drill.starting"), total=self._inputs)
        return self._step

    def __exit__(self, *_about: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def _step(self, step: Step) -> None:
        from ddh_beredskab.danish_time import day_and_clock, in_words

        when = say("cli.drill.clock", clock=day_and_clock(step.at))
        if step.skipped is not None:
            skipped = say("cli.up.skipped", time=in_words(step.skipped))
            self._bar.console.print(skipped) if self._bar is not None else remark(skipped)
        if self._bar is not None:
            self._bar.update(self._task, completed=step.next_input, description=when)
            return
        tenth = step.next_input * 10 // max(self._inputs, 1)
        if tenth != self._told:
            self._told = tenth
            remark(f"{when}  {step.next_input}/{self._inputs}")
