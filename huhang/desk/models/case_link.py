"""How cases belong together."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from huhang.desk.rules.linking import LinkKind

LINK_NAMES = {
    LinkKind.RELATED: _("相关"),
    LinkKind.DUPLICATE: pgettext_lazy("ticket", "重复"),
    LinkKind.CAUSED_BY: _("起因"),
    LinkKind.SPLIT_FROM: _("拆分自"),
    LinkKind.CHILD_OF: pgettext_lazy("ticket", "上级"),
}
# How the other side of a link is called.
LINK_NAMES_BACK = LINK_NAMES | {
    LinkKind.CAUSED_BY: _("引起"),
    LinkKind.SPLIT_FROM: _("拆分出"),
    LinkKind.CHILD_OF: _("下级"),
}


class CaseLink(models.Model):
    """`ticket` is caused by, split from, a child of … `other`; read from either side."""

    ticket = models.ForeignKey("desk.Ticket", models.CASCADE, related_name="links_out")
    other = models.ForeignKey("desk.Ticket", models.CASCADE, related_name="links_in")
    kind = models.CharField(max_length=16, choices=[(k.value, v) for k, v in LINK_NAMES.items()])
    # Of a child: its parent does not end before it.
    holds = models.BooleanField(default=False)
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket", "other", "kind"], name="case_link_once"),
            models.CheckConstraint(condition=~Q(ticket=F("other")), name="case_link_of_two"),
            models.UniqueConstraint(
                fields=["ticket"], condition=Q(kind="child_of"), name="case_link_one_parent"
            ),
        ]


class Merge(models.Model):
    """One case went into another; what it was before is kept, so that it can be taken back for a while."""

    ticket = models.ForeignKey("desk.Ticket", models.CASCADE, related_name="merges")
    into = models.ForeignKey("desk.Ticket", models.CASCADE, related_name="merges_in")
    at = models.DateTimeField()
    by = models.CharField(max_length=150)
    reason = models.CharField(max_length=200)
    # Is it the same customer? Only then does the customer's link open the other case.
    is_same_customer = models.BooleanField()
    # State, clocks and steps as they stood: `actions.linking`.
    before = models.JSONField()
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ticket"], condition=Q(undone_at__isnull=True), name="merged_once_at_a_time"
            ),
            models.CheckConstraint(condition=~Q(ticket=F("into")), name="merge_of_two"),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by="")
                | (Q(undone_at__isnull=False) & ~Q(undone_by="")),
                name="merge_undone_pair",
            ),
        ]
