"""Calling back who was not satisfied: what can come of it."""

from enum import StrEnum


class Outcome(StrEnum):
    """How a call-back ended."""

    SETTLED = "settled"
    STILL_UNHAPPY = "still_unhappy"
    NOT_REACHED = "not_reached"
    NOT_NEEDED = "not_needed"
    # Nobody said so on the list: the case was brought to its end as cases are.
    IN_CASE = "in_case"


# What a person may say; the rest says itself.
SAID = (Outcome.SETTLED, Outcome.STILL_UNHAPPY, Outcome.NOT_REACHED, Outcome.NOT_NEEDED)
# Words are asked for where somebody will want to know why.
EXPLAINED = frozenset({Outcome.STILL_UNHAPPY, Outcome.NOT_NEEDED})
