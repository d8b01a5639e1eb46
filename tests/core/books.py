"""The playbooks as they lie in the checkout: the deciders are tested with the numbers and sentences people use."""

from __future__ import annotations

from ddh_beredskab.playbooks import load_playbooks

BOOKS = load_playbooks()
