"""Who may be named: in a note of a case, and as what a list is narrowed to."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from huhang.desk.models import Seat, Ticket
from huhang.network.models import Person
from huhang.network.models.scope import under
from huhang.network.rules.roles import ROLES

OFFERED = 8
# More names than this nobody reads through: whoever looks for another one writes it.
COLLEAGUES_OFFERED = 300
SEEING = [role.value for role, duties in ROLES.items() if "desk.see" in duties.permissions]


def may_be_named(ticket: Ticket) -> QuerySet[Person]:
    """Everybody who may see the case, and nobody else: those who hold a role at a unit above it."""
    granted = Q(grants__role__in=SEEING, grants__unit__path__in=ticket.seen_from)
    return Person.objects.filter(granted | Q(is_superuser=True), is_active=True).distinct()


def offered(ticket: Ticket, term: str) -> list[Person]:
    """A few of them whose name begins with what was typed, or holds it."""
    people = may_be_named(ticket).select_related("home").order_by("display_name", "username")
    if term:
        people = people.filter(Q(display_name__icontains=term) | Q(username__istartswith=term))
    return list(people[:OFFERED])


def colleagues(reader: Person) -> list[Person]:
    """Whoever works where the reader sees cases: first those who have a seat, as most cases are theirs."""
    near = Person.objects.filter(under(reader.visible_paths("desk.see"), "home__path"), is_active=True)
    seated = Exists(Seat.objects.filter(person=OuterRef("pk"), is_active=True))
    return list(
        near.annotate(seated=seated).order_by("-seated", "display_name", "username")[:COLLEAGUES_OFFERED]
    )
