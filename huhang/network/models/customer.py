"""Those for whom all of this is done."""

from collections.abc import Iterable
from typing import Self

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from huhang.kit.search_fields import SearchField
from huhang.network.models.scope import under
from huhang.network.models.unit import OrgUnit
from huhang.network.rules.tree import codes_of


class Customers(models.QuerySet["Customer"]):
    def within(self, paths: Iterable[str]) -> Self:
        """Customers of these subtrees; those who belong to no unit yet are headquarters' own."""
        scopes = list(paths)
        whole = any(len(codes_of(path)) == 1 for path in scopes)
        return self.filter(under(scopes, "unit__path") | (Q(unit__isnull=True) if whole else Q(pk__in=[])))


class Customer(models.Model):
    """Somebody who sends or receives: a retail customer, or a contract customer with an account."""

    class Kind(models.TextChoices):
        RETAIL = "retail", _("散客")
        CONTRACT = "contract", _("协议客户")

    code = models.CharField(max_length=32, unique=True)
    kind = models.CharField(max_length=16, choices=Kind, default=Kind.RETAIL)
    name = models.CharField(max_length=80)
    phone = models.CharField(max_length=32, blank=True)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, null=True, blank=True, related_name="customers")
    search = SearchField(null=True)

    objects = Customers.as_manager()

    class Meta:
        verbose_name = _("客户")
        verbose_name_plural = _("客户")
        indexes = [GinIndex(fields=["search"], name="customer_search")]

    def __str__(self) -> str:
        return self.name
