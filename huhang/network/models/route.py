"""The way parcels should go, and how long it should take."""

from collections.abc import Iterable
from typing import Self, TypeVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from huhang.network.models.scope import under
from huhang.network.models.unit import OrgUnit

M = TypeVar("M", bound=models.Model)


class BothEnds(models.QuerySet[M]):
    """Rows between two units are everybody's at either end."""

    def within(self, paths: Iterable[str]) -> Self:
        scopes = list(paths)
        return self.filter(under(scopes, "origin__path") | under(scopes, "destination__path"))


class Routes(BothEnds["Route"]):
    pass


class Route(models.Model):
    """From an outlet (or city) to another by these hubs in this order."""

    code = models.CharField(max_length=32, unique=True)
    origin = models.ForeignKey(OrgUnit, models.PROTECT, related_name="routes_out")
    destination = models.ForeignKey(OrgUnit, models.PROTECT, related_name="routes_in")
    product = models.CharField(max_length=32, blank=True)
    hubs = models.ManyToManyField(OrgUnit, through="RouteHub", related_name="routes_through")

    objects = Routes.as_manager()

    class Meta:
        verbose_name = _("路由")
        verbose_name_plural = _("路由")
        constraints = [
            models.UniqueConstraint(fields=["origin", "destination", "product"], name="route_once"),
        ]

    def __str__(self) -> str:
        return self.code


class RouteHub(models.Model):
    """One hub of a route; `position` counts from 1."""

    route = models.ForeignKey(Route, models.CASCADE, related_name="stops")
    hub = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["route", "position"], name="route_hub_once")]

    def __str__(self) -> str:
        return f"{self.position}. {self.hub}"


class Standards(BothEnds["TransitStandard"]):
    pass


class TransitStandard(models.Model):
    """Promised hours between two provinces or cities; an empty product is for all of them."""

    origin = models.ForeignKey(OrgUnit, models.PROTECT, related_name="standards_out")
    destination = models.ForeignKey(OrgUnit, models.PROTECT, related_name="standards_in")
    product = models.CharField(max_length=32, blank=True)
    hours = models.PositiveSmallIntegerField()
    # Where the figure comes from: a contract, a published table, a measurement.
    source = models.CharField(max_length=120, blank=True)

    objects = Standards.as_manager()

    class Meta:
        verbose_name = _("时效标准")
        verbose_name_plural = _("时效标准")
        constraints = [
            models.UniqueConstraint(
                fields=["origin", "destination", "product"], name="transit_standard_once"
            ),
            models.CheckConstraint(condition=Q(hours__gt=0), name="transit_takes_time"),
        ]

    def __str__(self) -> str:
        return f"{self.origin} → {self.destination} {self.hours} h"
