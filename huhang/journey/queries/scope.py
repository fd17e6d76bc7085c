"""Whose parcels these are: a person sees what touched a unit of theirs. The same filter on every path."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, QuerySet

from huhang.journey.models import Hit, Waybill
from huhang.network.models.scope import under
from huhang.network.rules.roles import is_whole


def sees_all(paths: Iterable[str]) -> bool:
    """Does one of these subtrees hold the whole network (headquarters, or above it)?"""
    return any(is_whole(path) for path in paths)


def hits(paths: list[str]) -> QuerySet[Hit]:
    return Hit.objects.all() if sees_all(paths) else Hit.objects.filter(under(paths))


def waybills(paths: list[str]) -> QuerySet[Waybill]:
    """By both ends and by hits. A parcel that only passed through is found by its whole number (`trace.seen_by`)."""
    if sees_all(paths):
        return Waybill.objects.all()
    touched = Exists(Hit.objects.filter(under(paths), waybill_no=OuterRef("no")))
    return Waybill.objects.filter(under(paths, "origin_path") | under(paths, "dest_path") | touched)
