"""Activation: from a leader's call for help, over scoring and the steering group's decision, to stepping down.

`states` says where a crisis can stand, `evolve` folds its stream, `members` who may decide; one file for each story:
`reporting`, `calling`, `deciding`, `running`, `stepping_down`; `decider` ties them together.
"""

from ddh_beredskab.core.activation.decider import REFUSALS, activation_decider
from ddh_beredskab.core.activation.states import ActivationState

__all__ = ["REFUSALS", "ActivationState", "activation_decider"]
