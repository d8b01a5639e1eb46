"""What a worker's log is spared: the same complaint, over and over."""

from __future__ import annotations

import logging

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
