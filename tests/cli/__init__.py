"""Tests of the command line: what people and scripts get to see, on real journals."""
