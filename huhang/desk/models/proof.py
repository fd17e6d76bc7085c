"""What became of parcels in trouble, counted by day: the ground on which prevention is judged."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class ProofDay(models.Model):
    """Parcels that a rule hit on a day, in one city, in one group; counted once the days after it are over.

    `path` ends at the city: an outlet's few parcels prove nothing, and its people must not guess who was left alone.
    """

    day = models.DateField()
    within_days = models.PositiveSmallIntegerField()
    rule = models.ForeignKey("journey.WatchRule", models.CASCADE, related_name="+")
    path = models.CharField(max_length=255, blank=True)
    is_control = models.BooleanField()
    # Was it the parcel's first hit of any rule? Over all rules only these count, so that each parcel counts once.
    is_first = models.BooleanField()
    parcels = models.PositiveIntegerField()
    # With a complaint or a claim; with anything at all from its customer.
    complaints = models.PositiveIntegerField()
    contacts = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("预防成效日计数")
        verbose_name_plural = _("预防成效日计数")
        constraints = [
            models.UniqueConstraint(
                fields=["within_days", "day", "rule", "path", "is_control", "is_first"], name="proof_day_once"
            ),
            models.CheckConstraint(
                condition=Q(complaints__lte=F("contacts")) & Q(contacts__lte=F("parcels")),
                name="proof_parts_of_a_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.rule_id}"
