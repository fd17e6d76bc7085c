"""What stands around a list of cases: the views above it, and what its filters can be chosen from."""

from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from huhang.desk.actions import counting_views
from huhang.desk.models import SavedView
from huhang.desk.models.step import CLOSING_NAMES
from huhang.desk.models.ticket import KIND_NAMES, PRIORITY_NAMES
from huhang.desk.pages import filter_words
from huhang.desk.queries import tickets as queries
from huhang.desk.queries import views
from huhang.desk.rules.filters import SOON_MINUTES, Filters
from huhang.desk.rules.kinds import Kind
from huhang.kit import ground
from huhang.kit.doors import StaffRequest
from huhang.kit.ui.templatetags import ui
from huhang.network.models import Customer, Person
from huhang.network.models.product import PRODUCT_NAMES

BULK_RIGHTS = ("claim", "assign", "answer", "hand_over", "resolve")
# What is asked for above the list; everything else stands in the panel of more filters.
ABOVE_THE_LIST = frozenset({"state", "kind", "unit", "owner", "late", "q", "sort", "from", "to"})


def around(request: StaffRequest, filters: Filters, view: SavedView | None) -> dict[str, Any]:
    """Views with their counts, and what filters can be chosen from."""
    person = request.person
    units = _unit_options(person)
    return {
        "tabs": tabs(request, view),
        "kinds": KIND_NAMES.items(),
        "kind_names": [KIND_NAMES[Kind(kind)] for kind in filters.kinds],
        "asks_more": not ABOVE_THE_LIST.issuperset(filters.to_query()),
        "priorities": PRIORITY_NAMES.items(),
        "products": PRODUCT_NAMES.items(),
        "customer_classes": Customer.Kind.choices,
        "closings": CLOSING_NAMES.items(),
        "families": filter_words.FAMILY_NAMES.items(),
        "moments": filter_words.moment_fields(filters),
        "soon": [(minutes, 60 * int(minutes)) for minutes in SOON_MINUTES],
        "can_open": person.may("desk.open"),
        "can_edit_policies": person.may("desk.policies.edit"),
        "may_bulk": {name: person.may(f"desk.{name}") for name in BULK_RIGHTS},
        "unit_options": units,
        "unit_options_chosen": _with_chosen(units, filters.unit),
        "paths": person.visible_paths("desk.see"),
    }


def tabs(request: StaffRequest, view: SavedView | None) -> list[views.Tab]:
    """The views with their last counts; that somebody looks at them is noted, so that they are counted again."""
    found = list(views.views_of(request.person)[: views.SHOWN_AT_MOST])
    last = views.counts_of(request.person, found)
    counting_views.look(views=found, known=last, by=request.person, now=request.now)
    return views.tabs(request.person, found, last, here=view.pk if view else None)


def _unit_options(person: Person) -> SafeString:
    """The units that a list can be narrowed to: hundreds, which change rarely, so kept in memory as they are shown."""
    at, paths = ground.standing(), " ".join(person.visible_paths("desk.see"))
    return ground.known(
        f"desk.unit_options {get_language()} {paths}", at, lambda: ui.options(queries.units_below(person))
    )


def _with_chosen(options: SafeString, code: str) -> SafeString:
    option = f'<option value="{escape(code)}"'
    return mark_safe(options.replace(f"{option}>", f"{option} selected>", 1)) if code else options
