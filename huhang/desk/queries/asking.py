"""What a room above asks the customer of a case on the progress page: it says so here, the page shows it."""

from collections.abc import Callable
from dataclasses import dataclass

from huhang.desk.models import Ticket


@dataclass(frozen=True, slots=True)
class Asked:
    """A question whose every answer is a button: where it is posted, and what was answered so far."""

    address: str
    score: int | None
    # 5 … 1 with their words.
    choices: list[tuple[int, str]]


Asks = Callable[[Ticket], Asked | None]
_asks: list[Asks] = []


def asks_on_progress(asks: Asks) -> Asks:
    """Let this function put a question on the progress page of a case that is over."""
    _asks.append(asks)
    return asks


def asked_about(ticket: Ticket) -> Asked | None:
    """The question to the customer of this case, if there is one."""
    return next((asked for ask in _asks if (asked := ask(ticket))), None)
