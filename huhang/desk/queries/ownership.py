"""Who answers for a case as a whole, and may therefore end it or ask another department."""

from huhang.desk.models import Ticket
from huhang.desk.rules.kinds import Closing
from huhang.network.models import Person


def answers_for(person: Person, ticket: Ticket) -> bool:
    """The owner, whoever leads the owner, and those who hold `desk.close` where the case happened."""
    if ticket.owner_id == person.pk or person.may("desk.close", ticket.path):
        return True
    home = ticket.owner.home if ticket.owner else None
    return home is not None and person.may("desk.assign", home.path)


def may_close(person: Person, ticket: Ticket) -> bool:
    """A case that ends with its last step is also ended by whoever may finish steps where it stands."""
    if answers_for(person, ticket):
        return True
    return ticket.closing == Closing.LAST_STEP and person.may("desk.resolve", ticket.at_path)
