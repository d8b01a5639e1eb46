"""The whole command line as a table: every command, its group and its Danish help."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, cast

import typer
import typer.core
from typing_extensions import override

from ddh_beredskab.cli import (
    backup,
    crisis,
    doctor,
    drill,
    drill_lead,
    drill_record,
    drill_replay,
    drill_report,
    feedback,
    feedback_out,
    incident,
    log,
    migrate,
    people,
    playbook,
    quarantine,
    shifts,
    system,
    training,
)
from ddh_beredskab.cli.output import out
from ddh_beredskab.i18n import say


class _Danish:
    """Typer's few own words."""

    def get_help_option(self, ctx: Any) -> Any:
        option: Any = cast("Any", super()).get_help_option(ctx)
        if option is not None:
            option.help = say("cli.help.help")
        return option

    def get_usage(self, ctx: Any) -> str:
        usage: str = cast("Any", super()).get_usage(ctx)
        return usage.replace("Usage:", say("cli.help.usage"), 1)


class DanishCommand(_Danish, typer.core.TyperCommand):
    """A command that says "Brug:"."""


class DanishGroup(_Danish, typer.core.TyperGroup):
    """A group of commands that says "Brug:"."""

    @override
    def list_commands(self, ctx: Any) -> list[str]:
        return list(self.commands)  # in the order of the table below


def _group(name: str) -> typer.Typer:
    return typer.Typer(
        name=name,
        help=say(f"cli.group.{name}"),
        cls=DanishGroup,
        no_args_is_help=True,
        options_metavar="",
        subcommand_metavar=say("cli.help.command"),
    )


COMMANDS: tuple[tuple[str, str, Any], ...] = (
    ("", "up", system.up),
    ("", "worker", system.worker),
    ("", "web", system.web),
    ("", "migrate", migrate.migrate),
    ("", "doctor", doctor.doctor),
    ("", "backup", backup.backup),
    ("", "restore", backup.restore),
    ("drill", "list", drill.list_drills),
    ("drill", "run", drill.run),
    ("drill", "replay", drill_replay.replay),
    ("drill", "record", drill_record.record),
    ("drill", "report", drill_report.report),
    ("drill", "plan", drill_lead.plan),
    ("drill", "status", drill_lead.status),
    ("drill", "go", drill_lead.go),
    ("drill", "pause", drill_lead.pause),
    ("drill", "speed", drill_lead.speed),
    ("drill", "jump", drill_lead.jump),
    ("drill", "inject", drill_lead.inject),
    ("drill", "end", drill_lead.end),
    ("drill", "drive", drill_lead.drive),
    ("incident", "report", incident.report),
    ("incident", "decide", incident.decide),
    ("crisis", "list", crisis.list_crises),
    ("crisis", "show", crisis.show),
    ("log", "show", log.show),
    ("log", "export", log.export),
    ("log", "verify", log.verify),
    ("feedback", "import", feedback.import_file),
    ("feedback", "report", feedback_out.report),
    ("feedback", "export", feedback_out.export),
    ("playbook", "check", playbook.check),
    ("people", "add", people.add),
    ("people", "list", people.list_people),
    ("people", "invite", people.invite),
    ("people", "code", people.code),
    ("people", "role", people.role),
    ("people", "end-sessions", people.end_sessions),
    ("shifts", "import", shifts.import_plan),
    ("training", "import", training.import_courses),
    ("training", "list", training.list_training),
    ("training", "calendar", training.calendar),
    ("quarantine", "list", quarantine.list_all),
    ("quarantine", "show", quarantine.show),
    ("quarantine", "retry", quarantine.retry),
    ("quarantine", "discard", quarantine.discard),
)

HIDDEN = {("drill", "drive")}
"""Processes that `up` starts; nobody types them."""


@cache
def command() -> Any:
    """The command line, ready to be called."""
    _name_the_panels()
    app = typer.Typer(
        name="ddh-beredskab",
        help=say("cli.about"),
        cls=DanishGroup,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        options_metavar="",
        subcommand_metavar=say("cli.help.command"),
    )
    groups: dict[str, typer.Typer] = {}
    for group, name, function in COMMANDS:
        if group and group not in groups:
            groups[group] = _group(group)
            app.add_typer(groups[group])
        where = groups[group] if group else app
        key = f"cli.command.{group}_{name}" if group else f"cli.command.{name}"
        hidden = (group, name) in HIDDEN
        where.command(name, help=say(key), cls=DanishCommand, options_metavar=say("cli.help.options"), hidden=hidden)(
            function
        )
    app.callback()(_root)
    return typer.main.get_command(app)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        out(f"ddh-beredskab {version('ddh-beredskab')}")
        raise typer.Exit


_VERSION = typer.Option("--version", help=say("cli.option.version"), is_eager=True, callback=_version)


def _root(version: Annotated[bool, _VERSION] = False) -> None:
    """What stands before the command."""


def _name_the_panels() -> None:
    from typer import rich_utils

    rich_utils.ARGUMENTS_PANEL_TITLE = say("cli.help.arguments_panel")
    rich_utils.OPTIONS_PANEL_TITLE = say("cli.help.options_panel")
    rich_utils.COMMANDS_PANEL_TITLE = say("cli.help.commands_panel")
    rich_utils.DEFAULT_STRING = say("cli.help.default")
    rich_utils.REQUIRED_LONG_STRING = say("cli.help.required")
    rich_utils.ENVVAR_STRING = say("cli.help.envvar")
