"""The channels' texts."""
