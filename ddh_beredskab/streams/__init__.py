"""Kafka and processes only: what carries messages and what keeps the carriers alive. No fact lives here."""
