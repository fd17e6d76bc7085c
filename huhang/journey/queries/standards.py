"""The link standards as people edit them."""

from django.db.models import Case, Q, QuerySet, When

from huhang.journey.models import LinkStandard
from huhang.journey.rules.watch import Link


def listed(kind: str = "", unit: str = "") -> QuerySet[LinkStandard]:
    """Of one kind, or touching one unit; in the order of a parcel's way, those for everywhere last."""
    rows = LinkStandard.objects.select_related("origin", "destination")
    if kind:
        rows = rows.filter(kind=kind)
    if unit:
        rows = rows.filter(Q(origin__code=unit) | Q(destination__code=unit))
    along_the_way = Case(*(When(kind=link, then=place) for place, link in enumerate(Link)))
    return rows.order_by(along_the_way, "origin__path", "destination__path", "product", "from_hour")
