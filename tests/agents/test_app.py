"""What a worker's log is spared: the same complaint, over and over."""

from __future__ import annotations

import logging
import subprocess
import sys

from agents.app import Seldom


def complaint(text: str, *details: str) -> logging.LogRecord:
    return logging.LogRecord("aiokafka", logging.ERROR, __file__, 1, text, details, None)


def test_the_same_complaint_is_told_once_in_a_while_whatever_its_details() -> None:
    seldom = Seldom(every=60)
    told = [seldom.filter(complaint("Unable connect to %s", f"node {n}")) for n in range(5)]
    assert told == [True, False, False, False, False]
    assert seldom.filter(complaint("Failed fetch from %s", "node 1")), "another one is told"


def test_it_is_told_again_when_the_while_is_over() -> None:
    seldom = Seldom(every=0)
    assert seldom.filter(complaint("Unable connect"))
    assert seldom.filter(complaint("Unable connect"))


def test_no_library_makes_debug_lines_that_nobody_reads() -> None:
    script = (
        "import asyncio, logging\n"
        "import faust\n"
        "from agents import app\n"
        "quiet = faust.App('t', broker='kafka://127.0.0.1:1', worker_redirect_stdouts=False)\n"
        "worker = app._Worker(quiet, loop=asyncio.new_event_loop(), loglevel='WARNING', quiet=True,"
        " logging_config=app._LOGGING)\n"
        "worker._setup_logging()\n"
        "print(logging.getLogger('aiokafka.conn').isEnabledFor(logging.INFO), logging.root.level)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", str(logging.WARNING)]
