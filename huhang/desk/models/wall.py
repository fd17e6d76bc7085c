"""Big screens without a log-in, and the week that a unit's efficiency is measured against."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ScreenLink(models.Model):
    """A television's way to one unit's wall: a random token, kept only as its hash. It shows no names and no phones."""

    unit = models.ForeignKey("network.OrgUnit", models.PROTECT, related_name="+")
    # Where the screen hangs, so that whoever revokes it knows which one goes dark.
    name = models.CharField(max_length=80)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150)
    expires_at = models.DateTimeField()
    # To the quarter of an hour: enough to find screens that hang nowhere any more.
    seen_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.CharField(max_length=150, blank=True)

    class Meta:
        verbose_name = _("大屏链接")
        verbose_name_plural = _("大屏链接")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_by="")
                | (Q(revoked_at__isnull=False) & ~Q(revoked_by="")),
                name="screen_revoked_pair",
            )
        ]

    def __str__(self) -> str:
        return self.name


class BaselineWeek(models.Model):
    """The week before a unit (and all below it) had the window: what today is compared with for ever after."""

    unit = models.OneToOneField("network.OrgUnit", models.CASCADE, related_name="+")
    # Its Monday.
    starts_on = models.DateField()
    set_at = models.DateTimeField()
    set_by = models.CharField(max_length=150)

    class Meta:
        verbose_name = _("对照周")
        verbose_name_plural = _("对照周")
        constraints = [
            models.CheckConstraint(condition=Q(starts_on__iso_week_day=1), name="baseline_begins_on_monday")
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.starts_on}"


class WallCount(models.Model):
    """How many live cases a unit has, by the units below it, where they are too many to be counted at each look."""

    unit = models.OneToOneField("network.OrgUnit", models.CASCADE, related_name="+")
    # [{"below": code, "live": 3, "late": 1, …}], as `queries.wall` counts them.
    rows = models.JSONField(default=list, encoder=DjangoJSONEncoder)
    as_of = models.DateTimeField(null=True, blank=True)
    # How long counting took, in milliseconds: what takes longer is done less often.
    took = models.PositiveIntegerField(default=0)
    looked_at = models.DateTimeField()
