"""The next case of the list that one came by, and the one before: without counting that list."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl

from huhang.desk.models import Ticket
from huhang.desk.queries.tickets import Filters, listed
from huhang.network.models import Person

# Nobody walks further from case to case; beyond it the list itself is the better way.
WALKED = 200


@dataclass(frozen=True, slots=True)
class Beside:
    """Numbers, or nothing at an end of the list."""

    before: str
    after: str


def beside(ticket: Ticket, person: Person, came_by: str, *, now: datetime) -> Beside:
    """One statement. A case that has left the list meanwhile is followed by the list's first."""
    filters = Filters.from_query(dict(parse_qsl(came_by)))
    numbers = list(listed(person, filters, now=now).values_list("no", flat=True)[:WALKED])
    if ticket.no not in numbers:
        return Beside("", next(iter(numbers), ""))
    at = numbers.index(ticket.no)
    return Beside(numbers[at - 1] if at else "", numbers[at + 1] if at + 1 < len(numbers) else "")
