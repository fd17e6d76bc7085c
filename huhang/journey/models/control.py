"""How large the control group is."""

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from huhang.journey.models.watch import WatchRule


class ControlShare(models.Model):
    """The share of hits that nobody is told of: the row without a rule is for all rules that have no row of their own.

    A change is for hits that are found from then on; what was drawn stays drawn.
    """

    rule = models.OneToOneField(
        WatchRule, models.CASCADE, null=True, blank=True, related_name="control_share"
    )
    percent = models.DecimalField(max_digits=5, decimal_places=2, default=Decimal(5))
    changed_at = models.DateTimeField(null=True, blank=True)
    changed_by = models.ForeignKey("network.Person", models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("对照比例")
        verbose_name_plural = _("对照比例")
        constraints = [
            # Half and more would no longer be a control group but a switched-off rule.
            models.CheckConstraint(
                condition=Q(percent__gte=0, percent__lte=50), name="control_share_is_small"
            ),
            models.UniqueConstraint(
                models.Case(models.When(rule__isnull=True, then=models.Value(1))),
                name="control_share_usual_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule or '*'} {self.percent}%"
