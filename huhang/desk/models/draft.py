"""What somebody has begun to write and not yet sent."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from huhang.desk.rules.drafts import DraftKind

DRAFT_NAMES = {DraftKind.REPLY: _("回复客户"), DraftKind.NOTE: _("内部备注")}


class Draft(models.Model):
    """One per person, case and kind; it is there on every machine, and gone once it is sent or emptied."""

    ticket = models.ForeignKey("desk.Ticket", models.CASCADE, related_name="drafts")
    person = models.ForeignKey("network.Person", models.CASCADE, related_name="drafts")
    kind = models.CharField(max_length=8, choices=[(k.value, v) for k, v in DRAFT_NAMES.items()])
    text = models.TextField()
    # The last key that was pressed, by our clock: of two windows the later one holds.
    typed_at = models.DateTimeField()
    # Which window wrote it, so that the others can be told.
    tab = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket", "person", "kind"], name="draft_once"),
            models.CheckConstraint(condition=~Q(text=""), name="draft_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.person_id} {self.kind}"
