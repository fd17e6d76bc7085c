"""Answers on their way to the customer, and for how long each organisation lets them be taken back."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Leaving(models.Model):
    """An answer that was sent and has not left yet: the customer reads it from `leaves_at` on, unless it is taken back.

    Promises are judged by the moment it was sent. What that did to them stands in `undoes`, so that taking it back
    makes them as if it had never been sent.
    """

    ticket = models.ForeignKey("desk.Ticket", models.CASCADE, related_name="leaving")
    entry = models.OneToOneField("desk.Entry", models.CASCADE, related_name="leaving")
    leaves_at = models.DateTimeField()
    # {"clocks": [met by it], "pauses": [ended by it], "is_first": was it the first response?}
    undoes = models.JSONField(default=dict)
    left_at = models.DateTimeField(null=True, blank=True)
    taken_back_at = models.DateTimeField(null=True, blank=True)
    taken_back_by = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(left_at__isnull=True) | Q(taken_back_at__isnull=True), name="leaving_ends_one_way"
            ),
            models.CheckConstraint(
                condition=Q(taken_back_at__isnull=True, taken_back_by="")
                | (Q(taken_back_at__isnull=False) & ~Q(taken_back_by="")),
                name="leaving_taken_back_pair",
            ),
            # Whatever goes on with a case sends off what is on its way, so there is never a second one.
            models.UniqueConstraint(
                fields=["ticket"],
                condition=Q(left_at__isnull=True, taken_back_at__isnull=True),
                name="leaving_one_at_a_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["leaves_at"],
                name="leaving_due",
                condition=Q(left_at__isnull=True, taken_back_at__isnull=True),
            )
        ]


class AnswerDelay(models.Model):
    """For how long answers of a unit, and of all below it that have none of their own, can be taken back."""

    unit = models.OneToOneField("network.OrgUnit", models.CASCADE, related_name="+")
    # 0: they leave at once.
    seconds = models.PositiveSmallIntegerField()
    set_at = models.DateTimeField()
    set_by = models.CharField(max_length=150)

    class Meta:
        verbose_name = _("回复撤回时间")
        verbose_name_plural = _("回复撤回时间")
        ordering = ["unit__path"]
        constraints = [models.CheckConstraint(condition=Q(seconds__lte=60), name="answer_delay_is_short")]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.seconds}"
