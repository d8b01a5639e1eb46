"""The longest pause of a Python process is its own: a full garbage collection looks at every object there is.

After start that is some 130,000 objects of libraries, rules and message types, and 0.1 s in which nobody is answered,
again and again. None of them will ever be garbage, so they are set aside once.
"""

from __future__ import annotations

import gc


def set_aside_what_is_loaded() -> None:
    """Call once, when everything a process needs is loaded and before it serves: collections then stay short."""
    gc.collect()
    gc.freeze()
