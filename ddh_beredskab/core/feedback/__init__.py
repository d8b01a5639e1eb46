"""The feedback concern: borgernes spørgsmål, sent back to the authority at a fixed interval.

In reading order: `states` (states and evolve), `reports` (what a report says and when it goes out), `decider`
(opening, closing, commands, all inputs on one screen).
"""

from ddh_beredskab.core.feedback.decider import REFUSALS, feedback_decider
from ddh_beredskab.core.feedback.states import FeedbackState

__all__ = ["REFUSALS", "FeedbackState", "feedback_decider"]
