"""Seats: who answers customers, for whom they are in charge, and why each case went where it went."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from huhang.desk.models.ticket import KIND_NAMES, PRIORITY_NAMES
from huhang.desk.rules.assignment import Status

STATUS_NAMES = {
    Status.AVAILABLE: _("在席"),
    Status.BUSY: _("示忙"),
    Status.WRAP_UP: _("话后处理"),
    Status.AWAY: _("离席"),
    Status.BREAK: _("小休"),
    Status.TRAINING: _("培训"),
    Status.OFFLINE: pgettext_lazy("seat", "离线"),
}


# Why somebody is busy: what F3 adds up apart.
BUSY_REASONS = {
    "checking": _("查件核实"),
    "outbound": _("外呼客户"),
    "helping": _("协助同事"),
    "meeting": _("开会"),
    "system": _("系统故障"),
}


def _words() -> "ArrayField[list[str], list[str]]":
    return ArrayField(models.CharField(max_length=40), default=list, blank=True)


class Seat(models.Model):
    """Somebody who is given cases: what they can do, how much at once, and whether they are there."""

    person = models.OneToOneField("network.Person", models.PROTECT, related_name="seat")
    unit = models.ForeignKey("network.OrgUnit", models.PROTECT, related_name="seats")
    # Empty means any.
    kinds = _words()
    products = _words()
    skills = _words()
    languages = _words()
    level = models.PositiveSmallIntegerField(default=1)
    # In points: what cases weigh is said by `AssignmentPolicy`.
    capacity = models.PositiveSmallIntegerField(default=20)
    # Conversations at once, and whether they come by themselves or are taken by hand.
    chats = models.PositiveSmallIntegerField(default=5)
    takes_by_itself = models.BooleanField(default=True)
    is_active = models.BooleanField(default=True)
    status = models.CharField(
        max_length=16, choices=[(k.value, v) for k, v in STATUS_NAMES.items()], default=Status.OFFLINE
    )
    status_since = models.DateTimeField()
    # Why they are busy; empty in every other status.
    busy_reason = models.CharField(max_length=16, blank=True, choices=list(BUSY_REASONS.items()))
    # What to return to when a browser that fell silent is heard again; empty when they left on purpose.
    back_to = models.CharField(max_length=16, blank=True)
    shift_ends_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    last_given_at = models.DateTimeField(null=True, blank=True)
    last_chat_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("席位")
        verbose_name_plural = _("席位")
        ordering = ["unit", "pk"]

    def __str__(self) -> str:
        return str(self.person)


class SeatStatus(models.Model):
    """A stretch of time in one status; one row per change, so that a day can be added up."""

    seat = models.ForeignKey(Seat, models.CASCADE, related_name="statuses")
    status = models.CharField(max_length=16, choices=[(k.value, v) for k, v in STATUS_NAMES.items()])
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    by = models.CharField(max_length=150)
    busy_reason = models.CharField(max_length=16, blank=True)

    class Meta:
        ordering = ["since", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["seat"], condition=Q(until__isnull=True), name="seat_status_one_open"
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=models.F("since")), name="seat_status_forward"
            ),
        ]


class PortfolioMember(models.Model):
    """A customer, a courier or a unit that one seat is in charge of; ended ones stay, to show how stable it was."""

    seat = models.ForeignKey(Seat, models.CASCADE, related_name="portfolio")
    customer = models.ForeignKey(
        "network.Customer", models.CASCADE, null=True, blank=True, related_name="keepers"
    )
    courier = models.ForeignKey(
        "network.Courier", models.CASCADE, null=True, blank=True, related_name="keepers"
    )
    unit = models.ForeignKey("network.OrgUnit", models.CASCADE, null=True, blank=True, related_name="keepers")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    by = models.CharField(max_length=150)

    class Meta:
        verbose_name = _("分工")
        verbose_name_plural = _("分工")
        ordering = ["since", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(customer__isnull=False, courier__isnull=True, unit__isnull=True)
                | Q(customer__isnull=True, courier__isnull=False, unit__isnull=True)
                | Q(customer__isnull=True, courier__isnull=True, unit__isnull=False),
                name="portfolio_one_thing",
            ),
            *(
                models.UniqueConstraint(
                    fields=[thing], condition=Q(until__isnull=True), name=f"portfolio_once_per_{thing}"
                )
                for thing in ("customer", "courier", "unit")
            ),
        ]

    @property
    def thing(self) -> Any:
        return self.customer or self.courier or self.unit


class AssignmentPolicy(models.Model):
    """What cases of a kind and priority weigh and ask for, and whether they are given to somebody at all.

    The row that names more of the case holds; blank means any.
    """

    kind = models.CharField(max_length=16, choices=[(k.value, v) for k, v in KIND_NAMES.items()], blank=True)
    priority = models.CharField(
        max_length=16, choices=[(k.value, v) for k, v in PRIORITY_NAMES.items()], blank=True
    )
    points = models.PositiveSmallIntegerField(default=1)
    level = models.PositiveSmallIntegerField(default=1)
    needs = _words()
    gets_owner = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("派单规则")
        verbose_name_plural = _("派单规则")
        ordering = ["kind", "priority"]
        constraints = [models.UniqueConstraint(fields=["kind", "priority"], name="assignment_policy_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.get_priority_display()}".strip()


class AssignmentDecision(models.Model):
    """Who was given a case, when and why, with every candidate as they stood then. Append-only."""

    ticket = models.ForeignKey("desk.Ticket", models.CASCADE, related_name="decisions")
    at = models.DateTimeField()
    # Words of `rules.assignment`: `Trigger`, `Reason`.
    trigger = models.CharField(max_length=16)
    chosen = models.ForeignKey("network.Person", models.PROTECT, null=True, blank=True, related_name="+")
    # Whoever had it until now, and the keeper in whose place the chosen one acts.
    before = models.ForeignKey("network.Person", models.PROTECT, null=True, blank=True, related_name="+")
    deputy_for = models.ForeignKey("network.Person", models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=16)
    # What a colleague wrote who decided it by hand.
    words = models.CharField(max_length=200, blank=True)
    by = models.CharField(max_length=150)
    # [{"seat", "person", "name", "reason", "status", "load", "capacity", "level", …}], the chosen one first.
    candidates = models.JSONField(default=list, blank=True)
    # What the case asked for: {"points", "level", "needs", …}.
    asked = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["ticket", "at"], name="decision_of_ticket")]
