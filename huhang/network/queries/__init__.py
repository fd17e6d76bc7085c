"""Reads of the ground, each within what the person may see."""

from huhang.network.queries.finding import find
from huhang.network.queries.promises import promise_for
from huhang.network.queries.tokens import person_of_token

__all__ = ["find", "person_of_token", "promise_for"]
