"""Clocks are rows: one per obligation, with its pauses, its changes and with what it has already done."""

from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from huhang.desk.models.reason import PauseReason
from huhang.desk.models.ticket import KIND_NAMES, PRIORITY_NAMES, Ticket
from huhang.desk.rules import clock as rule
from huhang.desk.rules import policy as policy_rule
from huhang.desk.rules.kinds import ClockState, Level, Obligation
from huhang.desk.rules.starting import CountsFrom

OBLIGATION_NAMES = {
    Obligation.FIRST_RESPONSE: _("首次响应"),
    Obligation.NEXT_REPLY: _("再次答复"),
    Obligation.STEP: _("部门步骤"),
    Obligation.CLOSE: _("办结"),
    Obligation.STATUTORY: _("法定处理"),
    Obligation.REGULATOR: _("监管答复"),
}
LEVEL_NAMES = {
    Level.OWNER: _("提醒负责人"),
    Level.LEAD: _("提醒组长"),
    Level.BREACH: _("超时"),
    Level.UNIT: _("通报网点"),
    Level.PROVINCE: _("升级省区"),
    Level.HQ: _("升级总部"),
}
FROM_NAMES = {
    CountsFrom.OPENING: _("开单时"),
    CountsFrom.RECEIVED: _("接到投诉时"),
    CountsFrom.HANDED_IN: _("寄件人交寄时"),
    CountsFrom.TRANSFERRED: _("监管部门转办时"),
}
# What a case's story and a notice say, in Chinese as it is stored.
REACHED = {
    Level.OWNER: gettext_noop("%(obligation)s将到时，已提醒负责人"),
    Level.LEAD: gettext_noop("%(obligation)s将到时，已提醒组长"),
    Level.BREACH: gettext_noop("%(obligation)s超时"),
    Level.UNIT: gettext_noop("%(obligation)s超时，已通报%(unit)s"),
    Level.PROVINCE: gettext_noop("%(obligation)s超时，已升级至%(unit)s"),
    Level.HQ: gettext_noop("%(obligation)s超时，已升级至%(unit)s"),
}
OBLIGATION_WORDS = {
    Obligation.FIRST_RESPONSE: gettext_noop("首次响应"),
    Obligation.NEXT_REPLY: gettext_noop("再次答复"),
    Obligation.STEP: gettext_noop("部门步骤"),
    Obligation.CLOSE: gettext_noop("办结"),
    Obligation.STATUTORY: gettext_noop("法定处理"),
    Obligation.REGULATOR: gettext_noop("监管答复"),
}


def usual_ladder() -> list[dict[str, Any]]:
    return [rung.stored() for rung in rule.USUAL]


class ClockPolicy(models.Model):
    """How long an obligation may take. Blank means any; the row that names most of a case wins (`rules.policy`)."""

    obligation = models.CharField(max_length=16, choices=[(k.value, v) for k, v in OBLIGATION_NAMES.items()])
    kind = models.CharField(max_length=16, blank=True, choices=[(k.value, v) for k, v in KIND_NAMES.items()])
    product = models.CharField(max_length=32, blank=True)
    customer_class = models.CharField(max_length=16, blank=True)
    priority = models.CharField(
        max_length=16, blank=True, choices=[(k.value, v) for k, v in PRIORITY_NAMES.items()]
    )
    entrance = models.SlugField(max_length=40, blank=True)
    minutes = models.PositiveIntegerField()
    # [{"level": "owner", "percent": 50}, {"level": "province", "after": 15}]: `rules.clock.Rung`.
    ladder = models.JSONField(default=usual_ladder)
    calendar = models.SlugField(max_length=40, default="always")
    counts_from = models.CharField(
        max_length=12, default=CountsFrom.OPENING, choices=[(k.value, v) for k, v in FROM_NAMES.items()]
    )
    # The law, the article or the contract that the figure comes from.
    source = models.CharField(max_length=200, blank=True)
    is_confirmed = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("时钟政策")
        verbose_name_plural = _("时钟政策")
        constraints = [
            models.UniqueConstraint(
                fields=["obligation", "kind", "product", "customer_class", "priority", "entrance"],
                name="clock_policy_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.obligation} {self.kind or '*'} {self.minutes}"


class Clock(models.Model):
    """One running promise. Budget and calendar version are copied, so a later change of policy rewrites nothing."""

    ticket = models.ForeignKey("desk.Ticket", models.CASCADE, related_name="clocks")
    obligation = models.CharField(max_length=16)
    # The policy that was chosen; only a number to explain by, as policies are deleted and clocks are not.
    policy = models.ForeignKey(
        ClockPolicy, models.DO_NOTHING, null=True, related_name="+", db_constraint=False, db_index=False
    )
    state = models.CharField(max_length=16, default=ClockState.RUNNING)
    started_at = models.DateTimeField()
    # What the policy said that it counts from; where that was not known it counts from the opening.
    counts_from = models.CharField(
        max_length=12, default=CountsFrom.OPENING, db_default=CountsFrom.OPENING,
        choices=[(k.value, v) for k, v in FROM_NAMES.items()],
    )  # fmt: skip
    minutes = models.PositiveIntegerField()
    ladder = models.JSONField(default=usual_ladder)
    calendar = models.SlugField(max_length=40, db_index=False)
    calendar_version = models.PositiveIntegerField()
    due_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True, blank=True)
    # The next call (or the end of a pause) and its moment; empty when nothing more can happen. What workers look for.
    next_level = models.CharField(max_length=16, blank=True)
    next_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(stopped_at__isnull=True, state__in=["running", "paused"])
                | Q(stopped_at__isnull=False, state__in=["met", "cancelled"]),
                name="clock_stopped_pair",
            ),
            models.UniqueConstraint(
                fields=["ticket", "obligation"],
                condition=Q(stopped_at__isnull=True) & ~Q(obligation="step"),
                name="clock_one_per_obligation",
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], name="clock_next", condition=Q(next_at__isnull=False)),
            models.Index(fields=["ticket"], name="clock_live", condition=Q(state__in=["running", "paused"])),
            models.Index(fields=["ticket"], name="clock_paused", condition=Q(state="paused")),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.obligation}"

    @property
    def budget(self) -> rule.Budget:
        return rule.Budget(within=timedelta(minutes=self.minutes), ladder=rule.ladder_of(self.ladder))

    @property
    def is_late(self) -> bool:
        """Was it stopped after it was due? A running clock is judged by the page's own instant."""
        return bool(self.stopped_at and self.stopped_at > self.due_at)


def facts_of(ticket: Ticket) -> policy_rule.Facts:
    """What policies may name of a case."""
    return policy_rule.Facts(
        ticket.kind, ticket.product, ticket.customer_class, ticket.priority, ticket.entrance
    )


def call_key(clock_id: int, level: Level) -> str:
    """What the notices of a call are found by; those to leads have the person behind it."""
    return f"clock:{clock_id}:{level}"


class ClockPause(models.Model):
    """A stretch that does not count, with its reason; it ends by itself at `until_at` when nobody ends it before."""

    clock = models.ForeignKey(Clock, models.CASCADE, related_name="pauses")
    reason = models.ForeignKey(
        PauseReason, models.PROTECT, related_name="+", to_field="code", db_column="reason"
    )
    started_at = models.DateTimeField()
    until_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    by = models.CharField(max_length=150)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clock"], condition=Q(ended_at__isnull=True), name="pause_one_open"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=models.F("started_at")),
                name="pause_forward",
            ),
        ]


class ClockChange(models.Model):
    """A running clock was given another budget: both values stay, so that it can be replayed and explained."""

    clock = models.ForeignKey(Clock, models.CASCADE, related_name="changes")
    at = models.DateTimeField()
    by = models.CharField(max_length=150)
    reason = models.CharField(max_length=200)
    # {"minutes", "calendar", "calendar_version", "ladder", "policy", "due_at"} on either side.
    before = models.JSONField()
    after = models.JSONField()

    class Meta:
        ordering = ["at", "id"]


class ClockEvent(models.Model):
    """A level that was reached: unique, so that no retry and no second worker can fire it again."""

    clock = models.ForeignKey(Clock, models.CASCADE, related_name="events")
    level = models.CharField(max_length=16, choices=[(k.value, v) for k, v in LEVEL_NAMES.items()])
    due_at = models.DateTimeField()
    fired_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clock", "level"], name="clock_level_once")]
