"""Stream agents: one Faust processor per concern, thin - a doorbell in, handled, acknowledged.

The rule is FAUST.md's: never let an exception leave an agent, acknowledge strictly after the commit and in order.
"""
