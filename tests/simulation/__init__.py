"""Deterministic simulation: the product's own worker, agents and journal in one thread, under one seed."""
