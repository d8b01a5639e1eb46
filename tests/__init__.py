"""The tests, mirroring the source. A package, so that a folder like tests/agents never shadows `agents`."""
