"""Tests of drills: recordings, the core replay, the driver."""
