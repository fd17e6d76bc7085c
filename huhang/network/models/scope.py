"""The one filter of every list: rows whose path lies under one of these."""

from collections.abc import Iterable

from django.db.models import Q


def under(paths: Iterable[str], field: str = "path") -> Q:
    """The condition that `field` lies under one of the paths; no paths, no rows."""
    condition = Q(pk__in=[])
    for path in paths:
        condition |= Q(**{f"{field}__startswith": path})
    return condition
