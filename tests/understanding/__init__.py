"""Tests of what the citizens' questions say."""
