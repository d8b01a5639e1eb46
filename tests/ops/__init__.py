"""Tests of how the system looks after itself."""
