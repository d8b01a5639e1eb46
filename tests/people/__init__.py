"""Tests of people: register, entry, rights, drafts."""
