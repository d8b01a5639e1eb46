"""The messages of DDH Beredskab: what is asked for (commands) and what happened (events).

Everything here is plain data: frozen pydantic models that refuse unknown fields. No rule lives here.
Start with `base` (envelope and common messages), then one module per concern, then `catalog`.
"""
