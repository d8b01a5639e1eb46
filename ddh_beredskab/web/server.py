"""The web process: settings in, one uvicorn on one port, a heartbeat for the supervisor.

Rules kept: a port that cannot be had is a configuration error, told in one sentence with exit code 78 (the supervisor
does not try again); open streams never hold up a stop for more than two seconds; many viewers need many handles.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import sys
from collections.abc import Sequence

import structlog
import uvicorn

from ddh_beredskab.bootstrap import configure_logging, deciders, drill_stage, environments, open_journal, rules
from ddh_beredskab.errors import UserError
from ddh_beredskab.journal.database import Database
from ddh_beredskab.pauses import set_aside_what_is_loaded
from ddh_beredskab.people.rights import load_rights
from ddh_beredskab.playbooks import find_playbooks
from ddh_beredskab.playbooks.imports import load_profiles
from ddh_beredskab.playbooks.municipalities import load_municipalities
from ddh_beredskab.playbooks.readiness import load_readiness
from ddh_beredskab.playbooks.targets import load_targets
from ddh_beredskab.playbooks.training import load_training
from ddh_beredskab.settings import Settings
from ddh_beredskab.streams.child_process import CONFIGURATION_ERROR
from ddh_beredskab.streams.heartbeat import Heart
from ddh_beredskab.web.api import api_token
from ddh_beredskab.web.app import LOOPBACK, create_app
from ddh_beredskab.web.environments import Environments
from ddh_beredskab.web.rendering import keep_compiled_in, words_in

log = structlog.stdlib.get_logger(__name__)

GRACE_SECONDS = 2
HANDLES_WANTED = 4096


def run(settings: Settings) -> int:
    """Serve until told to stop; the process' exit code. Mistakes of configuration are told on stderr."""
    try:
        serve(settings, settings.port)
    except UserError as error:
        sys.stderr.write(f"{error.sentence}\n")
        return CONFIGURATION_ERROR
    return 0


def serve(settings: Settings, port: int | None = None) -> None:
    """Serve the pages until SIGTERM or SIGINT.

    Raises `UserError` (port_in_use, port_forbidden, address, or what the playbooks say) before it begins.
    """
    configure_logging(settings.log_level)
    raise_handle_limit()
    keep_compiled_in(settings.data / "cache" / "templates")
    with bound(settings.host, settings.port if port is None else port) as listener:
        playbooks = rules(settings)
        app = create_app(
            journals(settings),
            playbooks,
            deciders(playbooks),
            load_rights(find_playbooks(settings.playbooks)),
            allowed_hosts=hosts_of(settings.host),
            heart=Heart.from_env(),
            api_token=api_token(settings.data, settings.api_token),
            data=None if settings.database else settings.data,
            demo=settings.demo,
            municipalities=load_municipalities(find_playbooks(settings.playbooks)),
            readiness=load_readiness(find_playbooks(settings.playbooks)),
            profiles=load_profiles(find_playbooks(settings.playbooks)),
            training=load_training(find_playbooks(settings.playbooks)),
            targets=load_targets(find_playbooks(settings.playbooks)),
            drills=drill_stage(settings),
        )
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            date_header=True,
            timeout_graceful_shutdown=GRACE_SECONDS,
            timeout_keep_alive=30,
            lifespan="on",
        )
        set_aside_what_is_loaded()
        log.info("the web listens", host=settings.host, port=listener.getsockname()[1])
        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:  # uvloop where there is one
            runner.run(uvicorn.Server(config).serve(sockets=[listener]))


def journals(settings: Settings) -> Environments:
    """All environments of these settings; their schema is the worker's to make, never the web's."""

    async def names() -> list[str]:
        return await environments(settings)

    async def open_one(name: str) -> Database:
        return await open_journal(settings, name, migrate=False)

    return Environments(names, open_one)


def hosts_of(host: str) -> Sequence[str]:
    """On the loopback only its own names are answered, so that no web site elsewhere can read us by a trick name."""
    return (*LOOPBACK, "[::1]") if host in LOOPBACK else ("*",)


def bound(host: str, port: int) -> socket.socket:
    """A listening socket. Raises `UserError`."""
    words = words_in("da")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(2048)
    except (OSError, OverflowError) as error:
        listener.close()
        code = {errno.EADDRINUSE: "port_in_use", errno.EACCES: "port_forbidden"}.get(
            getattr(error, "errno", None) or 0, "address"
        )
        sentence = words.t(f"error.{code}", host=host, port=port)
        raise UserError(code, place=f"{host}:{port}", sentence=sentence) from error
    listener.set_inheritable(False)
    return listener


def raise_handle_limit() -> None:
    """Two thousand viewers need more than two thousand handles."""
    try:
        import resource
    except ImportError:  # not a Unix
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if 0 <= hard < HANDLES_WANTED:
        log.warning("few file handles: about that many viewers at most", handles=hard)
