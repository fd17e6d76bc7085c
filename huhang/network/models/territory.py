"""Couriers and the streets they serve."""

from collections.abc import Iterable
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from huhang.network.models.person import Person
from huhang.network.models.scope import under
from huhang.network.models.unit import OrgUnit


class Couriers(models.QuerySet["Courier"]):
    def within(self, paths: Iterable[str]) -> Self:
        return self.filter(under(paths, "unit__path"))


class Courier(models.Model):
    """A courier of an outlet, known to the scans by code; may have a log-in."""

    code = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=40)
    phone = models.CharField(max_length=32, blank=True)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="couriers")
    person = models.OneToOneField(Person, models.SET_NULL, null=True, blank=True, related_name="courier")
    is_active = models.BooleanField(default=True)

    objects = Couriers.as_manager()

    class Meta:
        verbose_name = _("快递员")
        verbose_name_plural = _("快递员")

    def __str__(self) -> str:
        return self.name


class Areas(models.QuerySet["DeliveryArea"]):
    def within(self, paths: Iterable[str]) -> Self:
        return self.filter(under(paths, "unit__path"))


class DeliveryArea(models.Model):
    """Streets and estates that one outlet delivers to, and the courier who goes there."""

    code = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=80)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="areas")
    courier = models.ForeignKey(Courier, models.SET_NULL, null=True, blank=True, related_name="areas")
    # Words of an address that mean this area: road names, estates, buildings.
    keywords = ArrayField(models.CharField(max_length=40), default=list, blank=True)

    objects = Areas.as_manager()

    class Meta:
        verbose_name = _("派送区域")
        verbose_name_plural = _("派送区域")

    def __str__(self) -> str:
        return self.name
