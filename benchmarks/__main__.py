"""`python -m benchmarks [--smoke] [--only latency,viewers,...]`: ratios from one run, as Markdown tables.

There are feedback, latency, handling, viewers, agents, replay, and load (ten minutes, only when asked for).
"""

from __future__ import annotations

import argparse
import asyncio
import platform

from benchmarks import agents, feedback, handling, latency, load, replay, viewers
from ddh_beredskab.bootstrap import configure_logging


def main() -> None:
    """Run what was asked for and print it."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="short: shows that it runs, figures mean little")
    parser.add_argument("--only", default="feedback,latency,handling,viewers,agents,replay")
    given = parser.parse_args()
    configure_logging("ERROR")
    only = set(given.only.split(","))
    print(f"# Benchmarks ({'smoke, short' if given.smoke else 'full'})\n")
    print(f"Python {platform.python_version()}, {platform.machine()}. Trust the ratios, not the absolute figures.")
    if "handling" in only:
        handling.run((100, 1_000) if given.smoke else (100, 1_000, 10_000))
    if "latency" in only:
        asyncio.run(latency.run(30 if given.smoke else 300))
    if "feedback" in only:
        asyncio.run(feedback.run(2_000 if given.smoke else 100_000))
    if "viewers" in only:
        viewers.run(smoke=given.smoke)
    if "agents" in only:
        agents.run(smoke=given.smoke)
    if "replay" in only:
        replay.run(smoke=given.smoke)
    if "load" in only:  # only when asked for: ten minutes
        sound, _met = load.run(smoke=given.smoke)
        if not sound:
            raise SystemExit(1)


if __name__ == "__main__":
    main()
