"""Where time is lost: how long links may take, what they took day by day, and what that says about coming parcels."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from huhang.journey.rules import lost_time as rules
from huhang.journey.rules.watch import Link


class LinkStandard(models.Model):
    """Allowed minutes of a link that begins between two hours of the day; empty ends are anywhere."""

    kind = models.CharField(max_length=20)
    origin = models.ForeignKey(
        "network.OrgUnit", models.PROTECT, null=True, blank=True, related_name="link_standards_out"
    )
    destination = models.ForeignKey(
        "network.OrgUnit", models.PROTECT, null=True, blank=True, related_name="link_standards_in"
    )
    product = models.CharField(max_length=32, blank=True)
    from_hour = models.PositiveSmallIntegerField(default=0)
    to_hour = models.PositiveSmallIntegerField(default=24)
    minutes = models.PositiveIntegerField()
    # Where the figure comes from; 假定 marks what the carrier should set for itself.
    source = models.CharField(max_length=120, blank=True)

    class Meta:
        verbose_name = _("环节标准")
        verbose_name_plural = _("环节标准")
        ordering = ["kind", "origin__path", "destination__path", "product", "from_hour"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "origin", "destination", "product", "from_hour"],
                name="link_standard_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=Q(minutes__gt=0), name="link_takes_time"),
            models.CheckConstraint(
                condition=Q(from_hour__lt=F("to_hour"), to_hour__lte=24), name="link_standard_hours_of_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.origin or '*'} → {self.destination or '*'} {self.minutes} min"

    def as_rule(self) -> rules.LinkStandard:
        """The standard as `rules.lost_time` takes it."""
        return rules.LinkStandard(
            kind=Link(self.kind),
            minutes=self.minutes,
            origin=self.origin.path if self.origin else "",
            destination=self.destination.path if self.destination else "",
            product=self.product,
            from_hour=self.from_hour,
            to_hour=self.to_hour,
            source=self.source,
        )


class Days(models.QuerySet["DelayDay"]):
    def to_build(self) -> Self:
        return self.filter(is_dirty=True)


class DelayDay(models.Model):
    """A day of statistics: whether scans of it have come in since it was counted."""

    day = models.DateField(unique=True)
    is_dirty = models.BooleanField(default=True)
    built_at = models.DateTimeField(null=True, blank=True)

    objects = Days.as_manager()

    class Meta:
        verbose_name = _("延误统计日")
        verbose_name_plural = _("延误统计日")

    def __str__(self) -> str:
        return str(self.day)


class LinkDay(models.Model):
    """What one link took on one day, of the parcels that ended it then. A day's rows are replaced together."""

    day = models.DateField()
    kind = models.CharField(max_length=20)
    node = models.CharField(max_length=64)
    to_node = models.CharField(max_length=64, blank=True)
    product = models.CharField(max_length=32, blank=True)
    # Which quarter of the day it began in.
    band = models.PositiveSmallIntegerField()
    unit = models.ForeignKey("network.OrgUnit", models.PROTECT, null=True, blank=True, related_name="+")
    # The owner's path when it was counted.
    path = models.CharField(max_length=255, blank=True)
    n = models.PositiveIntegerField()
    late = models.PositiveIntegerField()
    lost_minutes = models.BigIntegerField()
    # Links that could not be told apart because the unit did not scan; they are in `n` and `late`, not in `counts`.
    unscanned = models.PositiveIntegerField(default=0)
    # Parcels by bin of `rules.spread`.
    counts = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("环节日统计")
        verbose_name_plural = _("环节日统计")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "node", "to_node", "product", "band", "day"], name="link_day_once"
            ),
            models.CheckConstraint(condition=Q(late__lte=F("n")), name="link_day_late_of_all"),
        ]
        indexes = [
            models.Index(fields=["day"], name="link_day_day"),
            models.Index(
                fields=["path", "day"], name="link_day_path", opclasses=["varchar_pattern_ops", "date_ops"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.kind} {self.node} {self.to_node}"


class LateLink(models.Model):
    """A parcel that lost time in a link which ended on a day."""

    day = models.DateField()
    waybill_no = models.CharField(max_length=40, db_index=True)
    kind = models.CharField(max_length=20)
    node = models.CharField(max_length=64)
    to_node = models.CharField(max_length=64, blank=True)
    product = models.CharField(max_length=32, blank=True)
    unit = models.ForeignKey("network.OrgUnit", models.PROTECT, null=True, blank=True, related_name="+")
    path = models.CharField(max_length=255, blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    lost_minutes = models.PositiveIntegerField()
    is_unscanned = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("延误件")
        verbose_name_plural = _("延误件")
        indexes = [
            models.Index(fields=["day", "kind", "node", "to_node"], name="late_link_day"),
        ]

    def __str__(self) -> str:
        return f"{self.waybill_no} {self.kind} {self.lost_minutes} min"


class EtaDay(models.Model):
    """How long parcels delivered on a day had taken from a milestone on, by circle (`rules.eta.Key`)."""

    day = models.DateField()
    milestone = models.CharField(max_length=20)
    origin = models.CharField(max_length=255, blank=True)
    dest = models.CharField(max_length=255, blank=True)
    product = models.CharField(max_length=32, blank=True)
    hours = models.SmallIntegerField(default=-1)
    n = models.PositiveIntegerField()
    counts = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("送达用时日统计")
        verbose_name_plural = _("送达用时日统计")
        constraints = [
            models.UniqueConstraint(
                fields=["milestone", "dest", "origin", "product", "hours", "day"], name="eta_day_once"
            ),
        ]
        indexes = [models.Index(fields=["day"], name="eta_day_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.milestone} {self.dest}"


class EtaCheck(models.Model):
    """How forecasts from a milestone held on a day: where in the expected range deliveries came, and how far off."""

    day = models.DateField()
    milestone = models.CharField(max_length=20)
    n = models.PositiveIntegerField()
    inside = models.PositiveIntegerField()
    # Deliveries by the share at which they came true; widens or narrows later intervals.
    ranks = models.JSONField(default=list)
    off_minutes = models.BigIntegerField()
    # Of those for which there is a standard: how many, and how far off it and the forecast were.
    with_standard = models.PositiveIntegerField(default=0)
    off_with_standard = models.BigIntegerField(default=0)
    standard_off_minutes = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("预计送达检验")
        verbose_name_plural = _("预计送达检验")
        constraints = [models.UniqueConstraint(fields=["milestone", "day"], name="eta_check_once")]

    def __str__(self) -> str:
        return f"{self.day} {self.milestone}"
