"""`up`, `worker` and `web`: the whole embedded system, or one process of a cluster.

A process that a supervisor started says what is wrong with its configuration as its last line and leaves with exit
code 78, so that it is not started again; what may pass (a broker that is away) leaves with 1 and is tried again.
"""

from __future__ import annotations

import os
from enum import StrEnum
from typing import Annotated

import typer

from ddh_beredskab.cli.options import Data, Environment, PlaybookFolder, Port, settings_of
from ddh_beredskab.i18n import say

MAY_PASS = frozenset({"broker_unreachable", "broker_not_ready", "database_away", "journal"})
"""Refusals that a later start may not meet any more."""


class Only(StrEnum):
    """Which part of the work a worker does."""

    commands = "commands"
    feedback = "feedback"
    all = "all"


def up(
    data: Data = None,
    playbooks: PlaybookFolder = None,
    port: Port = None,
    demo: Annotated[bool, typer.Option("--demo", help=say("cli.option.demo"))] = False,
    people: Annotated[bool, typer.Option("--demo-people", help=say("cli.option.demo_people"))] = False,
    speed: Annotated[
        float, typer.Option("--speed", min=1, max=3600, metavar="TAL", help=say("cli.option.demo_speed"))
    ] = 60,
) -> None:
    import asyncio

    from ddh_beredskab.up import run_up

    settings = settings_of(data, playbooks, port=port)
    settings = settings.model_copy(update={"demo": settings.demo or people})
    asyncio.run(run_up(settings, demo_speed=speed if demo else None))


def worker(
    data: Data = None,
    playbooks: PlaybookFolder = None,
    only: Annotated[Only, typer.Option("--only", help=say("cli.option.only"))] = Only.all,
    environment: Environment = None,
    alone: Annotated[bool, typer.Option("--alone", hidden=True)] = False,
) -> None:
    from ddh_beredskab.bootstrap import configure_logging, run_worker
    from ddh_beredskab.errors import UserError

    watched = supervised()
    settings = settings_of(data, playbooks, environment=environment)
    configure_logging(settings.log_level)
    try:
        run_worker(settings, only.value, alone=alone)
    except UserError as error:
        leave_with_sentence(error, watched)


def web(data: Data = None, playbooks: PlaybookFolder = None, port: Port = None) -> None:
    from ddh_beredskab.errors import UserError
    from ddh_beredskab.web import serve

    watched = supervised()
    try:
        serve(settings_of(data, playbooks, port=port))
    except UserError as error:
        leave_with_sentence(error, watched)


def supervised() -> bool:
    """Whether a supervisor started this process; asked before the heart takes the variable away."""
    return "DDH_HEARTBEAT_FD" in os.environ


def leave_with_sentence(error: Exception, watched: bool) -> None:
    from ddh_beredskab.cli.edge import failure_of, tell
    from ddh_beredskab.streams.child_process import CONFIGURATION_ERROR

    failure = failure_of(error)
    if not watched or failure.code in MAY_PASS:
        raise error
    tell(failure, as_json=False)
    raise typer.Exit(CONFIGURATION_ERROR)
