"""Clocks are rows: one per obligation, with its pauses and with what it has already done."""

from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from huhang.desk.models.ticket import KIND_NAMES
from huhang.desk.rules import clock as rule
from huhang.desk.rules.kinds import ClockState, Level, Obligation

OBLIGATION_NAMES = {
    Obligation.FIRST_RESPONSE: _("首次响应"),
    Obligation.STEP: _("部门步骤"),
    Obligation.CLOSE: _("办结"),
}
LEVEL_NAMES = {Level.WARN: _("提醒"), Level.BREACH: _("超时"), Level.ESCALATE: _("升级")}
# What a case's story and a notice say, in Chinese as it is stored.
REACHED = {
    (Obligation.FIRST_RESPONSE, Level.WARN): gettext_noop("首次响应将到时"),
    (Obligation.FIRST_RESPONSE, Level.BREACH): gettext_noop("首次响应超时"),
    (Obligation.FIRST_RESPONSE, Level.ESCALATE): gettext_noop("首次响应超时，已升级"),
    (Obligation.STEP, Level.WARN): gettext_noop("部门步骤将到时"),
    (Obligation.STEP, Level.BREACH): gettext_noop("部门步骤超时"),
    (Obligation.STEP, Level.ESCALATE): gettext_noop("部门步骤超时，已升级"),
    (Obligation.CLOSE, Level.WARN): gettext_noop("办结将到时"),
    (Obligation.CLOSE, Level.BREACH): gettext_noop("办结超时"),
    (Obligation.CLOSE, Level.ESCALATE): gettext_noop("办结超时，已升级"),
}


class ClockPolicy(models.Model):
    """How long an obligation may take; the row for the kind wins over the row for all kinds."""

    obligation = models.CharField(max_length=16, choices=[(k.value, v) for k, v in OBLIGATION_NAMES.items()])
    kind = models.CharField(max_length=16, blank=True, choices=[(k.value, v) for k, v in KIND_NAMES.items()])
    minutes = models.PositiveIntegerField()
    warn_percent = models.PositiveSmallIntegerField(default=50)
    escalate_after_minutes = models.PositiveIntegerField(default=15)
    calendar = models.SlugField(max_length=40, default="always")
    source = models.CharField(max_length=200, blank=True)
    is_confirmed = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("时钟政策")
        verbose_name_plural = _("时钟政策")
        constraints = [models.UniqueConstraint(fields=["obligation", "kind"], name="clock_policy_once")]

    def __str__(self) -> str:
        return f"{self.obligation} {self.kind or '*'} {self.minutes}"


class Clock(models.Model):
    """One running promise. Budget and calendar version are copied, so a later change of policy rewrites nothing."""

    ticket = models.ForeignKey("desk.Ticket", models.CASCADE, related_name="clocks")
    obligation = models.CharField(max_length=16)
    state = models.CharField(max_length=16, default=ClockState.RUNNING)
    started_at = models.DateTimeField()
    minutes = models.PositiveIntegerField()
    warn_percent = models.PositiveSmallIntegerField()
    escalate_after_minutes = models.PositiveIntegerField()
    calendar = models.SlugField(max_length=40)
    calendar_version = models.PositiveIntegerField()
    due_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True, blank=True)
    # The next level and its moment; empty when nothing more can happen. What the workers look for.
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
                condition=Q(obligation__in=["first_response", "close"]),
                name="clock_one_per_obligation",
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], name="clock_next", condition=Q(next_at__isnull=False)),
            models.Index(fields=["ticket"], name="clock_live", condition=Q(state__in=["running", "paused"])),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.obligation}"

    @property
    def budget(self) -> rule.Budget:
        return rule.Budget(
            within=timedelta(minutes=self.minutes),
            warn_share=self.warn_percent / 100,
            escalate_after=timedelta(minutes=self.escalate_after_minutes),
        )

    @property
    def is_late(self) -> bool:
        """Was it stopped after it was due? A running clock is judged by the page's own instant."""
        return bool(self.stopped_at and self.stopped_at > self.due_at)


class ClockPause(models.Model):
    """A stretch that does not count, with its reason; replayed by `rules.clock`."""

    clock = models.ForeignKey(Clock, models.CASCADE, related_name="pauses")
    reason = models.CharField(max_length=120)
    started_at = models.DateTimeField()
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


class ClockEvent(models.Model):
    """A level that was reached: unique, so that no retry and no second worker can fire it again."""

    clock = models.ForeignKey(Clock, models.CASCADE, related_name="events")
    level = models.CharField(max_length=16, choices=[(k.value, v) for k, v in LEVEL_NAMES.items()])
    due_at = models.DateTimeField()
    fired_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clock", "level"], name="clock_level_once")]
