"""What came in, as it came: written before it is answered for, made something of afterwards."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from huhang.channels.models.account import Account


class InboxItem(models.Model):
    """One fact from one account. A second telling finds the row taken; a fact that cannot be used stays, with why."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="inbox")
    external_id = models.CharField(max_length=200)
    # Items of one address are made something of one after another, in the order of `at`.
    address = models.CharField(max_length=200)
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    # An `Incoming` as JSON; its bytes, if any, lie in the file store under the names given there.
    fact = models.JSONField()
    # What the workers look for; empty once it was taken, or given up.
    next_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    taken_at = models.DateTimeField(null=True, blank=True)
    trouble = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("收件")
        verbose_name_plural = _("收件")
        ordering = ["-received_at", "-pk"]
        indexes = [
            models.Index(fields=["next_at", "id"], name="inbox_due", condition=Q(next_at__isnull=False)),
            models.Index(fields=["account", "-received_at"], name="inbox_newest"),
        ]
        constraints = [models.UniqueConstraint(fields=["account", "external_id"], name="inbox_once")]

    def __str__(self) -> str:
        return self.external_id
