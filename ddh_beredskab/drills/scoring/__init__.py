"""How a drill went, measured against the table of targets: pure functions over what the journal holds."""
