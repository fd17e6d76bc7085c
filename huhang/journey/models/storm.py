"""Storms: where limits are relaxed for a while, why, and until when."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from huhang.journey.rules import storm as rules
from huhang.kit.languages import shown


class Storms(models.QuerySet["Storm"]):
    def not_over_by(self, at: datetime) -> Self:
        """Those that still hold at this time, or are to come."""
        return self.filter(ends_at__gt=at)


class Storm(models.Model):
    """A region's limits are relaxed from one time to another; ending it early moves `ends_at`."""

    unit = models.ForeignKey("network.OrgUnit", models.PROTECT, related_name="storms")
    # The unit's path when it was declared.
    path = models.CharField(max_length=255)
    # What customers read.
    reason_zh = models.CharField(max_length=200)
    reason_en = models.CharField(max_length=200, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    extra_minutes = models.PositiveIntegerField()
    declared_by = models.ForeignKey("network.Person", models.SET_NULL, null=True, related_name="+")
    declared_at = models.DateTimeField()

    objects = Storms.as_manager()

    class Meta:
        verbose_name = _("风暴模式")
        verbose_name_plural = _("风暴模式")
        ordering = ["-starts_at", "-pk"]
        indexes = [models.Index(fields=["ends_at"], name="storm_ends")]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gte=F("starts_at")), name="storm_ends_after_start"),
            models.CheckConstraint(condition=Q(extra_minutes__gt=0), name="storm_relaxes"),
        ]

    def __str__(self) -> str:
        return self.reason

    @property
    def reason(self) -> str:
        """Why, in the language of whoever looks."""
        return shown(self.reason_zh, self.reason_en)

    def as_storm(self) -> rules.Storm:
        """The storm as the watch takes it."""
        return rules.Storm(
            id=self.pk,
            path=self.path,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            extra_minutes=self.extra_minutes,
            reason=self.reason_zh,
        )
