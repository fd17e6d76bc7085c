"""追查令: a search for a lost parcel of value at every node of its route."""

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from huhang.desk.rules.trace_orders import Answer, OrderState, Part

PART_NAMES = {
    Part.PASSED: _("途经"),
    Part.LAST_SEEN: _("最后见到"),
    Part.NEXT: _("应到下一站"),
    Part.AHEAD: _("计划途经"),
}
ANSWER_NAMES = {Answer.FOUND: _("找到了"), Answer.NOT_HERE: _("查过，不在本站"), Answer.UNSURE: _("不能确定")}
STATE_NAMES = {
    OrderState.SEARCHING: _("追查中"),
    OrderState.FOUND: _("已找到"),
    OrderState.CLOSED: pgettext_lazy("trace order", "已结案"),
}


class TraceOrderPolicy(models.Model):
    """From which value on a loss is searched for, and how long nodes have; one row, editable."""

    least_value = models.DecimalField(max_digits=12, decimal_places=2, default=Decimal(1000))
    suspect_minutes = models.PositiveIntegerField(default=120)
    other_minutes = models.PositiveIntegerField(default=240)
    is_confirmed = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("追查令设置")
        verbose_name_plural = _("追查令设置")


class TraceOrder(models.Model):
    """One search. Its ticket is the child of the loss case; each node's search is a step of that ticket."""

    ticket = models.OneToOneField("desk.Ticket", models.CASCADE, related_name="trace_order")
    state = models.CharField(
        max_length=16, default=OrderState.SEARCHING, choices=[(k.value, v) for k, v in STATE_NAMES.items()]
    )
    # In yuan: what is missing, and what came back.
    value = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    recovered = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    # Why a search below the limit was ordered all the same.
    reason = models.CharField(max_length=200, blank=True)
    ordered_at = models.DateTimeField()
    ordered_by = models.CharField(max_length=150)
    rolls_called = models.PositiveSmallIntegerField(default=0)
    found_at = models.DateTimeField(null=True, blank=True)
    found_by = models.CharField(max_length=150, blank=True)
    found_unit = models.ForeignKey("network.OrgUnit", models.PROTECT, null=True, blank=True, related_name="+")
    found_where = models.CharField(max_length=200, blank=True)
    report = models.TextField(blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=150, blank=True)

    class Meta:
        verbose_name = _("追查令")
        verbose_name_plural = _("追查令")
        ordering = ["-ordered_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(found_at__isnull=True, found_unit__isnull=True)
                | Q(found_at__isnull=False, found_unit__isnull=False),
                name="trace_found_pair",
            ),
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False) & ~Q(report="")
                | ~Q(state="closed") & Q(closed_at__isnull=True),
                name="trace_closed_with_report",
            ),
        ]

    def __str__(self) -> str:
        return self.ticket.no


class TraceSearch(models.Model):
    """One node's search: its place in the route, its answer to the roll-call, and what it found."""

    order = models.ForeignKey(TraceOrder, models.CASCADE, related_name="searches")
    step = models.OneToOneField("desk.Step", models.PROTECT, related_name="search")
    place = models.PositiveSmallIntegerField()
    part = models.CharField(max_length=16, choices=[(k.value, v) for k, v in PART_NAMES.items()])
    seen_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.CharField(max_length=150, blank=True)
    answer = models.CharField(
        max_length=16, blank=True, choices=[(k.value, v) for k, v in ANSWER_NAMES.items()]
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.CharField(max_length=150, blank=True)
    # How many parcels were counted through, and which stretch of video was watched.
    counted = models.PositiveIntegerField(null=True, blank=True)
    cctv_from = models.DateTimeField(null=True, blank=True)
    cctv_until = models.DateTimeField(null=True, blank=True)
    words = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = _("节点追查")
        verbose_name_plural = _("节点追查")
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["order", "place"], name="trace_search_place"),
            models.CheckConstraint(
                condition=Q(answer="", answered_at__isnull=True)
                | (~Q(answer="") & Q(answered_at__isnull=False)),
                name="trace_answered_pair",
            ),
        ]
