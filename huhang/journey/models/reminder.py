"""Ladders of reminders as rows, and who was reminded of which hit."""

from datetime import time, timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from huhang.channels.models import OUR_OWN_MEDIA, Outgoing
from huhang.channels.rules.outgoing import Medium
from huhang.journey.models.watch import Hit, WatchRule
from huhang.journey.rules import reminders as rules
from huhang.journey.rules.reminders import Audience, Standing

AUDIENCE_NAMES = {Audience.ADDRESSEE: _("责任人"), Audience.LEAD: _("上一级负责人")}
STANDING_NAMES = {
    Standing.PLANNED: _("待提醒"),
    Standing.REMINDED: _("已提醒"),
    Standing.SEEN: _("已看到"),
    Standing.ACKNOWLEDGED: _("已确认"),
    Standing.CLEARED: _("预警已解除"),
}
HOW_NAMES = {
    "link": _("点开链接"),
    "reply": _("短信或按键回复"),
    "page": _("在系统里"),
}


class ReminderPolicy(models.Model):
    """A ladder: of one rule, of all that address one kind of person, or (both empty) of everything else."""

    rule = models.OneToOneField(
        WatchRule, models.CASCADE, null=True, blank=True, related_name="reminder_policy"
    )
    addressed = models.CharField(max_length=16, blank=True)
    is_enabled = models.BooleanField(default=True)
    quiet_from = models.TimeField(default=time(21))
    quiet_to = models.TimeField(default=time(8))
    # Rings phones in the quiet time too.
    is_urgent = models.BooleanField(default=False)
    # Parcels that come within this time go into one message.
    window_minutes = models.PositiveSmallIntegerField(default=5)
    # Goes up with every edit: of two who edit at once, one is told.
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("提醒政策")
        verbose_name_plural = _("提醒政策")
        constraints = [
            models.UniqueConstraint(
                fields=["addressed"], condition=Q(rule__isnull=True), name="reminder_policy_once"
            ),
            models.CheckConstraint(
                condition=Q(rule__isnull=True) | Q(addressed=""), name="reminder_policy_of_one_thing"
            ),
        ]

    def __str__(self) -> str:
        return str(self.rule or self.addressed or "*")

    def as_policy(self) -> rules.Policy:
        """The row as the rules take it; ask for its steps beforehand."""
        steps = sorted(self.steps.all(), key=lambda step: step.position)
        return rules.Policy(
            steps=tuple(step.as_step() for step in steps),
            quiet=rules.Quiet(self.quiet_from, self.quiet_to),
            is_urgent=self.is_urgent,
            window=timedelta(minutes=self.window_minutes),
        )


class ReminderStep(models.Model):
    """One rung of a ladder."""

    policy = models.ForeignKey(ReminderPolicy, models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    after_minutes = models.PositiveIntegerField()
    medium = models.CharField(max_length=8, choices=[(k.value, v) for k, v in OUR_OWN_MEDIA.items()])
    audience = models.CharField(
        max_length=10, default=Audience.ADDRESSEE, choices=[(k.value, v) for k, v in AUDIENCE_NAMES.items()]
    )

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "position"], name="reminder_step_once"),
            models.CheckConstraint(condition=Q(position__gt=0), name="reminder_step_counts_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.medium}"

    def as_step(self) -> rules.Step:
        return rules.Step(
            self.position, timedelta(minutes=self.after_minutes), Medium(self.medium), Audience(self.audience)
        )


class Reminder(models.Model):
    """Somebody is asked to act on one hit, once. Its ladder ends when it is acknowledged, cleared or used up.

    A message speaks of many reminders: they are put together when it is sent, by `next_to` and `next_medium`.
    """

    hit = models.OneToOneField(Hit, models.CASCADE, related_name="reminder")
    policy = models.ForeignKey(
        ReminderPolicy, models.SET_NULL, null=True, blank=True, related_name="reminders"
    )
    # Who is asked: the courier, or the unit as a whole. The unit is a courier's own.
    courier = models.ForeignKey(
        "network.Courier", models.PROTECT, null=True, blank=True, related_name="reminders"
    )
    unit = models.ForeignKey("network.OrgUnit", models.PROTECT, related_name="reminders")
    # The unit's path when it was planned.
    path = models.CharField(max_length=255)
    planned_at = models.DateTimeField()
    # The rung reached so far on the ladder of whoever is asked now; 0 before the first.
    rung = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_how = models.CharField(max_length=8, blank=True, choices=list(HOW_NAMES.items()))
    # The name of whoever said so, as it was then.
    acknowledged_by = models.CharField(max_length=80, blank=True)
    # "Not mine": whom it was passed on from, and when.
    passed_on_at = models.DateTimeField(null=True, blank=True)
    passed_on_from = models.CharField(max_length=80, blank=True)
    # The next rung: when, to whom (`courier:12`, `unit:45`, `above:45`) and by what. Empty when the ladder is over.
    next_at = models.DateTimeField(null=True, blank=True)
    next_to = models.CharField(max_length=32, blank=True)
    next_medium = models.CharField(max_length=8, blank=True)

    class Meta:
        verbose_name = _("提醒")
        verbose_name_plural = _("提醒")
        indexes = [
            models.Index(fields=["next_at", "id"], name="reminder_due", condition=Q(next_at__isnull=False)),
            models.Index(
                fields=["next_to", "next_medium", "next_at"],
                name="reminder_together",
                condition=Q(next_at__isnull=False),
            ),
            models.Index(fields=["-planned_at", "-id"], name="reminder_newest"),
            models.Index(fields=["path"], name="reminder_path", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["courier", "-planned_at"], name="reminder_courier"),
            models.Index(fields=["unit", "-planned_at"], name="reminder_unit"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(next_at__isnull=True, next_to="", next_medium="")
                | (Q(next_at__isnull=False) & ~Q(next_to="") & ~Q(next_medium="")),
                name="reminder_next_together",
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_at__isnull=True, acknowledged_how="")
                | (Q(acknowledged_at__isnull=False, next_at__isnull=True) & ~Q(acknowledged_how="")),
                name="reminder_acknowledged_ends_it",
            ),
            models.CheckConstraint(
                condition=Q(rung=0) | Q(sent_at__isnull=False),
                name="reminder_rung_was_sent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hit_id} {self.standing}"

    @property
    def standing(self) -> Standing:
        return rules.standing(
            sent_at=self.sent_at,
            read_at=self.read_at,
            acknowledged_at=self.acknowledged_at,
            cleared_at=self.hit.cleared_at,
        )

    @property
    def standing_name(self) -> str:
        return str(STANDING_NAMES[self.standing])


class ReminderSend(models.Model):
    """A message spoke of a reminder, as its rung of this position: unique, so that no rung is taken twice."""

    reminder = models.ForeignKey(Reminder, models.CASCADE, related_name="sends")
    outgoing = models.ForeignKey(Outgoing, models.CASCADE, related_name="reminders")
    position = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reminder", "outgoing"], name="reminder_send_once"),
        ]
