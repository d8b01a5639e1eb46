"""Tests of what carries messages and keeps processes alive."""
