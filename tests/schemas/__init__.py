"""What is published, what is private, and what may change."""
