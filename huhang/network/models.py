"""The ground: org units, people, and who may do what where."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class OrgUnit(models.Model):
    """A node of the tree: headquarters, province, city, outlet, hub, line-haul or a back-office department."""

    class Kind(models.TextChoices):
        HQ = "hq", _("总部")
        PROVINCE = "province", _("省区")
        CITY = "city", _("城市")
        OUTLET = "outlet", _("网点")
        HUB = "hub", _("分拨中心")
        LINEHAUL = "linehaul", _("干线车队")
        DEPARTMENT = "department", _("职能部门")

    code = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80, blank=True)
    kind = models.CharField(max_length=16, choices=Kind)
    level = models.PositiveSmallIntegerField()
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    # `/HQ/JS/SZ/SZ-WZ/`: stamped on every fact at event time, so that history stays where it happened.
    path = models.CharField(max_length=255, unique=True)
    phone = models.CharField(max_length=32, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("组织单元")
        verbose_name_plural = _("组织单元")
        indexes = [models.Index(fields=["path"], name="org_path_prefix", opclasses=["varchar_pattern_ops"])]

    def __str__(self) -> str:
        return self.name


class Person(AbstractUser):
    """Somebody who signs in."""

    display_name = models.CharField(max_length=40, blank=True)
    phone = models.CharField(max_length=32, blank=True)
    home = models.ForeignKey(OrgUnit, models.PROTECT, null=True, blank=True, related_name="people")
    language = models.CharField(max_length=10, default="zh-hans")


class Grant(models.Model):
    """A role held by a person over a subtree."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="grants")
    role = models.CharField(max_length=32)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="grants")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "role", "unit"], name="grant_once")]


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

    class Meta:
        verbose_name = _("客户")
        verbose_name_plural = _("客户")

    def __str__(self) -> str:
        return self.name


class Courier(models.Model):
    """A courier of an outlet, known to the scans by code; may have a log-in."""

    code = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=40)
    phone = models.CharField(max_length=32, blank=True)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="couriers")
    person = models.OneToOneField(Person, models.SET_NULL, null=True, blank=True, related_name="courier")
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("快递员")
        verbose_name_plural = _("快递员")

    def __str__(self) -> str:
        return self.name
