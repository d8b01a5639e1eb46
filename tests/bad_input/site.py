"""The web as a server on a port of its own, in a thread, with the engine deciding beside it."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import uvicorn

from ddh_beredskab.journal.database import sqlite_path
from tests.cli.engine import at_work
from tests.services import free_port
from tests.web.site import application


@contextmanager
def served(data: Path, *, engine: bool = True) -> Generator[str]:
    """The address of the running web over `drift` in a fresh folder."""
    port = free_port()
    with ExitStack() as stack:
        if engine:
            stack.enter_context(at_work(sqlite_path(data, "drift")))
        config = uvicorn.Config(application(data), host="127.0.0.1", port=port, log_level="error", access_log=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            until = time.monotonic() + 30
            while not server.started:
                assert thread.is_alive(), "the web did not start"
                assert time.monotonic() < until, "the web did not start"
                time.sleep(0.02)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join(30)
