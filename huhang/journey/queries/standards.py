"""The link standards as people edit them."""

from django.db.models import Q, QuerySet

from huhang.journey.models import LinkStandard


def listed(kind: str = "", unit: str = "") -> QuerySet[LinkStandard]:
    """Of one kind, or touching one unit; those for everywhere last, as they are looked up."""
    rows = LinkStandard.objects.select_related("origin", "destination")
    if kind:
        rows = rows.filter(kind=kind)
    if unit:
        rows = rows.filter(Q(origin__code=unit) | Q(destination__code=unit))
    return rows.order_by("kind", "origin__path", "destination__path", "product", "from_hour")
