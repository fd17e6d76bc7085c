"""When a parcel should arrive, by the transit standards."""

from huhang.network.models import OrgUnit, TransitStandard
from huhang.network.rules.promise import ANY_PRODUCT, Standard, best
from huhang.network.rules.tree import above


def promise_for(origin: OrgUnit, destination: OrgUnit, product: str = ANY_PRODUCT) -> Standard | None:
    """The standard that holds from one unit to another, or None where nothing is promised; one query.

    A unit stands for every place above it: an outlet's parcels fall under its city's and its province's standards.
    """
    rows = TransitStandard.objects.filter(
        origin__path__in=above(origin.path),
        destination__path__in=above(destination.path),
        product__in={product, ANY_PRODUCT},
    ).select_related("origin", "destination")
    return best((as_rule(row) for row in rows), product)


def as_rule(row: TransitStandard) -> Standard:
    return Standard(row.origin.level, row.destination.level, row.product, row.hours, row.source)
