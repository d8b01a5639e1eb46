"""Files from other systems."""
