"""What a vendor still keeps for us: a picture, sound or film that is fetched after the word that it came with."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from huhang.channels.models.account import Account
from huhang.channels.models.conversation import Message


class MediaFetch(models.Model):
    """One file of one message, to be fetched from the vendor; gone once the message has it, or says why not."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="fetches")
    message = models.ForeignKey(Message, models.CASCADE, related_name="fetches")
    # Its place in the message's files.
    place = models.PositiveSmallIntegerField()
    ref = models.CharField(max_length=1000)
    since = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    # What the workers look for; empty once it was fetched, or given up.
    next_at = models.DateTimeField(null=True, blank=True)
    trouble = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("待取文件")
        verbose_name_plural = _("待取文件")
        indexes = [
            models.Index(fields=["next_at", "id"], name="fetch_due", condition=Q(next_at__isnull=False))
        ]
        constraints = [models.UniqueConstraint(fields=["message", "place"], name="fetch_once")]

    def __str__(self) -> str:
        return self.ref[:40]
