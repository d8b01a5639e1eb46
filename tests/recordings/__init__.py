"""Whole recordings through the whole system; a target of their own, since each takes a minute."""
