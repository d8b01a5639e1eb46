"""What is decided, and nothing else: no I/O, no clock, no chance. Everything a decision depends on is an argument."""
