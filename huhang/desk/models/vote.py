"""What customer service thinks of the departments it worked with, month by month."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class DepartmentVote(models.Model):
    """One score per person, department and month; who gave it is shown to nobody."""

    unit = models.ForeignKey("network.OrgUnit", models.PROTECT, related_name="votes")
    # The path as it was when the vote was given: history stays where it happened.
    path = models.CharField(max_length=255)
    # The first day of the month that is judged.
    month = models.DateField()
    by = models.ForeignKey("network.Person", models.PROTECT, related_name="votes")
    score = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(5)])
    words = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("部门评分")
        verbose_name_plural = _("部门评分")
        constraints = [
            models.UniqueConstraint(fields=["unit", "month", "by"], name="vote_once"),
            models.CheckConstraint(condition=Q(score__gte=1, score__lte=5), name="vote_one_to_five"),
            models.CheckConstraint(condition=Q(month__day=1), name="vote_of_a_month"),
        ]
        indexes = [
            models.Index(
                fields=["month", "path"], name="vote_of_month", opclasses=["date_ops", "varchar_pattern_ops"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.month:%Y-%m}"
