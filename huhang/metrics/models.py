"""Counts per minute × org path, the sums made of them, and the definitions that say what they mean.

Facts (`Tally`) are only ever added; the database refuses updates and deletes. Each insert also leaves a row in
`TallyFresh`, by a trigger, in the same transaction; a tick (`actions.tally.settle`) moves fresh rows into
`TallySum`, for every org level above them, per minute, hour and day. A reader adds sums and fresh rows in one
statement, so the result is exact whether or not anything has been settled yet: no watermark to trust, no late
commit to miss. Thus a unit's month costs 30 rows to read at any level, however large the network and its history.
Sums by an index range over `Tally` alone would be simpler still, but headquarters' day would cost a row for
every minute of every outlet: millions where this reads dozens.
A late fact is added to the minute in which it happened; `changed_at` shows openly when a sum was last restated.
"""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Tally(models.Model):
    """So many of a measure happened in this minute at this unit. `key` makes it count once."""

    measure = models.CharField(max_length=80)
    minute = models.DateTimeField()
    path = models.CharField(max_length=255)
    amount = models.BigIntegerField()
    key = models.CharField(max_length=200, unique=True)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("计数")
        verbose_name_plural = _("计数")
        indexes = [
            models.Index(
                fields=["measure", "minute"], include=["path", "amount"], name="tally_measure_minute"
            )
        ]
        constraints = [
            models.CheckConstraint(condition=~models.Q(amount=0), name="tally_counts_something"),
            models.CheckConstraint(
                condition=models.Q(path__startswith="/") & models.Q(path__endswith="/"),
                name="tally_path_is_whole",
            ),
        ]


class TallyFresh(models.Model):
    """Counted, not yet in the sums; written by the trigger on `Tally` alone."""

    measure = models.CharField(max_length=80)
    minute = models.DateTimeField()
    path = models.CharField(max_length=255)
    amount = models.BigIntegerField()
    recorded_at = models.DateTimeField()


class TallySum(models.Model):
    """A measure's sum over a minute, an hour or a day of our clocks, for a unit with all that is below it."""

    grain = models.CharField(max_length=6)
    measure = models.CharField(max_length=80)
    at = models.DateTimeField()
    path = models.CharField(max_length=255)
    amount = models.BigIntegerField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["path", "measure", "grain", "at"], name="tally_sum_once"),
            models.CheckConstraint(
                condition=models.Q(grain__in=["minute", "hour", "day"]), name="tally_sum_grain"
            ),
        ]


class Definition(models.Model):
    """What a version of a figure means, as first used; a version never changes its meaning."""

    kpi = models.CharField(max_length=80)
    version = models.PositiveSmallIntegerField()
    meaning = models.JSONField()
    target = models.DecimalField(max_digits=12, decimal_places=4)
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = _("指标定义")
        verbose_name_plural = _("指标定义")
        constraints = [models.UniqueConstraint(fields=["kpi", "version"], name="definition_once")]

    def __str__(self) -> str:
        return f"{self.kpi} v{self.version}"
