"""DDH Beredskab: the engine, the log and the screens for crisis coordination at Den Digitale Hotline."""

__version__ = "0.1.0"
