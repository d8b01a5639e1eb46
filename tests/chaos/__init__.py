"""Processes killed at named points and at random, and the account that must come out the same."""
