"""Storms: where limits are relaxed for a while, why, and until when."""

from collections.abc import Iterable
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from huhang.journey.rules import storm as rules
from huhang.kit.languages import shown
from huhang.network.models.scope import under
from huhang.network.rules.tree import above, codes_of


class Storms(models.QuerySet["Storm"]):
    def not_over_by(self, at: datetime) -> Self:
        """Those that still hold at this time, or are to come."""
        return self.filter(ends_at__gt=at)

    def holding(self, at: datetime) -> Self:
        """Those that hold at this time."""
        return self.filter(starts_at__lte=at, ends_at__gt=at)

    def touching(self, paths: Iterable[str]) -> Self:
        """Those over one of these subtrees, or inside one."""
        scopes = [path for path in paths if path]
        ups = {up for path in scopes if codes_of(path) != [""] for up in above(path)}
        return self.filter(under(scopes) | Q(path__in=ups))


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
    # Goes up with every change: a form that somebody else has overtaken is refused.
    version = models.PositiveIntegerField(default=1)

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

    def state_at(self, now: datetime) -> rules.State:
        """Where it stands at this time."""
        return rules.state_of(self.starts_at, self.ends_at, now=now)

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
