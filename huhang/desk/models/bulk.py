"""One verb on many cases: what was asked, and what came of each."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from huhang.desk.rules.bulk import ItemState, RunState, Verb

VERB_NAMES = {
    Verb.CLAIM: _("认领"),
    Verb.ASSIGN: _("指派"),
    Verb.PRIORITY: _("改优先级"),
    Verb.NOTE: _("加内部备注"),
    Verb.HAND_OVER: _("移交"),
    Verb.PAUSE: _("暂停计时"),
    Verb.RESUME: _("恢复计时"),
}
UNDO_WITHIN = timedelta(minutes=10)


class BulkRun(models.Model):
    """A verb on chosen cases. It may be left and found again, and goes on where it stopped."""

    person = models.ForeignKey("network.Person", models.PROTECT, related_name="bulk_runs")
    # Made with the form: pressing twice runs once.
    once = models.CharField(max_length=64)
    verb = models.CharField(max_length=16, choices=[(k.value, v) for k, v in VERB_NAMES.items()])
    # What the verb was given: {"reason": …, "unit": …}.
    words = models.JSONField(default=dict)
    state = models.CharField(max_length=16, default=RunState.RUNNING)
    total = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "once"], name="bulk_run_once"),
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True, state="running")
                | Q(finished_at__isnull=False, state__in=["done", "undoing", "undone"]),
                name="bulk_finished_pair",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], name="bulk_at_work", condition=Q(state__in=["running", "undoing"])),
            models.Index(fields=["person", "-made_at"], name="bulk_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.verb}"

    def can_be_undone(self, now: datetime) -> bool:
        """For ten minutes, and only what has an inverse."""
        return (
            self.state == RunState.DONE
            and Verb(self.verb).has_inverse
            and self.finished_at is not None
            and now < self.finished_at + UNDO_WITHIN
        )


class BulkItem(models.Model):
    """One case of a run: unique, so that no second worker and no restart acts on it twice."""

    run = models.ForeignKey(BulkRun, models.CASCADE, related_name="items")
    ticket = models.ForeignKey("desk.Ticket", models.CASCADE, related_name="+")
    state = models.CharField(max_length=16, default=ItemState.WAITING)
    # Why it failed or was left as it is, in the words that people read.
    reason = models.CharField(max_length=300, blank=True)
    # What the case was like before, for the way back, and the version that the verb made of it.
    before = models.JSONField(default=dict)
    version = models.PositiveIntegerField(null=True, blank=True)
    at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["run", "ticket"], name="bulk_item_once")]
        indexes = [models.Index(fields=["run", "state", "id"], name="bulk_item_by_state")]
