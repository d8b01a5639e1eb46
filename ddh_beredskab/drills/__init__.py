"""Drills: a recording of what people did and when, and the ways to play it through the real concerns."""
