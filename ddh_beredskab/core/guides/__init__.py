"""The guides concern: what every call agent says, who approved it, and the clock that keeps it fresh.

In reading order: `states` (states and evolve), `gate` (drafts, the seven questions, approved facts), `release` (what
comes into force and what is taken out of it), `planning` (what comes into force at a set time), `clock` (every
deadline), `decider` (all inputs on one screen).
"""

from ddh_beredskab.core.guides.decider import REFUSALS, guides_decider
from ddh_beredskab.core.guides.states import GuidesState

__all__ = ["REFUSALS", "GuidesState", "guides_decider"]
