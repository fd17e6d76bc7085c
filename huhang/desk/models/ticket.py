"""The case, and its story."""

from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q, Value
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, pgettext_lazy

from huhang.desk.models.traits import TRAITS, Traits
from huhang.desk.rules.kinds import (
    LIVE_STATES,
    PUBLIC_ENTRIES,
    Closing,
    EntryKind,
    Kind,
    Priority,
    State,
)
from huhang.kit.errors import NotFound
from huhang.kit.search_fields import Day, Meet, SearchField
from huhang.network.rules.roles import EVERYWHERE

KIND_NAMES = {
    Kind.INQUIRY: _("咨询"),
    Kind.COMPLAINT: _("投诉"),
    Kind.CLAIM: pgettext_lazy("kind of ticket", "理赔"),
    Kind.URGE: _("催派"),
    Kind.PREVENTION: pgettext_lazy("kind of ticket", "预警"),
    Kind.TRACE: _("追查令"),
    Kind.FOLLOW_UP: _("回访"),
}
PRIORITY_NAMES = {
    Priority.LOW: pgettext_lazy("priority", "低"),
    Priority.NORMAL: pgettext_lazy("priority", "普通"),
    Priority.HIGH: pgettext_lazy("priority", "高"),
    Priority.URGENT: pgettext_lazy("priority", "紧急"),
}
# What a case's story says, in Chinese as it is stored.
KIND_WORDS = {
    Kind.INQUIRY: gettext_noop("咨询"),
    Kind.COMPLAINT: gettext_noop("投诉"),
    Kind.CLAIM: gettext_noop("理赔"),
    Kind.URGE: gettext_noop("催派"),
}
PRIORITY_WORDS = {
    Priority.LOW: gettext_noop("低优先级"),
    Priority.NORMAL: gettext_noop("普通优先级"),
    Priority.HIGH: gettext_noop("高优先级"),
    Priority.URGENT: gettext_noop("紧急优先级"),
}
STATE_NAMES = {
    State.OPEN: _("待认领"),
    State.WORKING: _("处理中"),
    State.RESOLVED: _("已解决"),
    State.WITHDRAWN: _("已撤销"),
}
_KINDS: dict[str, Any] = {kind.value: name for kind, name in KIND_NAMES.items()}
_PRIORITIES: dict[str, Any] = {priority.value: name for priority, name in PRIORITY_NAMES.items()}


class Overlaps(Meet):
    """Asked so that no index is looked for."""

    template = "COALESCE(%(expressions)s, false)"


# More than there will be: the database puts nothing in order until it has found all of them.
EVERYTHING = 1_000_000_000


class TicketQuerySet(models.QuerySet["Ticket"]):
    def live(self) -> "TicketQuerySet":
        return self.filter(state__in=LIVE_STATES)

    def within(self, paths: Iterable[str]) -> "TicketQuerySet":
        """Cases that happened under these org paths, or that somebody there must act on now."""
        scopes = list(paths)
        return self.all() if EVERYWHERE in scopes else self.filter(seen_from__overlap=scopes)

    def each_within(self, paths: Iterable[str]) -> "TicketQuerySet":
        """The same, asked of each row that something else has found: never by the index, which may name most rows."""
        scopes = list(paths)
        return self.all() if EVERYWHERE in scopes else self.filter(Overlaps(F("seen_from"), Value(scopes)))

    def owed_by(self, path: str) -> "TicketQuerySet":
        """Cases with a step that somebody under this org path must do now."""
        return self.filter(at_from__contains=[path])

    def gathered(self) -> "TicketQuerySet":
        """The same cases, found before they are put in order.

        Where they are fewer than the database believes, it would rather walk along the order and ask each case.
        """
        return Ticket.objects.filter(pk__in=self.order_by().values("pk")[:EVERYTHING])

    def locked(self, **wanted: object) -> "Ticket":
        """The one ticket, locked until the transaction ends."""
        ticket = self.select_for_update(of=("self",)).filter(**wanted).first()
        if ticket is None:
            raise NotFound(**{k: str(v) for k, v in wanted.items()})
        return ticket


class Ticket(models.Model):
    """A customer's case. `path` is where it happened, stamped when it opened; `at_unit` is who must act first now.

    `owner` answers for the case from end to end; whoever does a step is that step's `handler`.
    """

    no = models.CharField(max_length=20)
    kind = models.CharField(max_length=16, choices=[(k.value, v) for k, v in KIND_NAMES.items()])
    state = models.CharField(
        max_length=16, choices=[(k.value, v) for k, v in STATE_NAMES.items()], default=State.OPEN
    )
    title = models.CharField(max_length=120)
    body = models.TextField(blank=True)
    waybill_no = models.CharField(max_length=40, blank=True)
    contact_name = models.CharField(max_length=80, blank=True)
    contact_phone = models.CharField(max_length=32, blank=True)
    unit = models.ForeignKey("network.OrgUnit", models.PROTECT, related_name="tickets", db_index=False)
    path = models.CharField(max_length=255)
    at_unit = models.ForeignKey("network.OrgUnit", models.PROTECT, related_name="tickets_at", db_index=False)
    at_path = models.CharField(max_length=255)
    # Every org path, from headquarters down, above the units whose step is open now, and above all that may see it.
    # Written by `actions.steps.place` alone; what lists ask, as one index answers it for any level of the tree.
    at_from = ArrayField(models.CharField(max_length=255), default=list)
    seen_from = ArrayField(models.CharField(max_length=255), default=list)
    priority = models.CharField(
        max_length=16, choices=[(k.value, v) for k, v in PRIORITY_NAMES.items()], default=Priority.NORMAL
    )
    # What policies and assignment look at, as it was when the case opened.
    product = models.CharField(max_length=32, blank=True)
    customer = models.ForeignKey(
        "network.Customer", models.PROTECT, null=True, blank=True, related_name="tickets", db_index=False
    )
    customer_class = models.CharField(max_length=16, blank=True)
    entrance = models.SlugField(max_length=40, blank=True, db_index=False)
    language = models.CharField(max_length=10, blank=True)
    # What the parcel is worth, in yuan, when it is known.
    value = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    # What its plan asks for, {key: answer}.
    answers = models.JSONField(default=dict, blank=True)
    closing = models.CharField(max_length=16, default=Closing.LAST_STEP)
    courier = models.ForeignKey(
        "network.Courier", models.PROTECT, null=True, blank=True, related_name="tickets", db_index=False
    )
    owner = models.ForeignKey(
        "network.Person", models.PROTECT, null=True, blank=True, related_name="tickets", db_index=False
    )
    escalated_to = models.ForeignKey(
        "network.OrgUnit", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    source = models.CharField(max_length=32)
    # One fact opens one case: the hit, the message, the API caller's own number.
    source_ref = models.CharField(max_length=200)
    opened_at = models.DateTimeField()
    # When the complaint reached us by any way, and when the regulator passed it on: the law counts from there.
    received_at = models.DateTimeField(null=True, blank=True)
    transferred_at = models.DateTimeField(null=True, blank=True)
    opened_by = models.CharField(max_length=150)
    claimed_at = models.DateTimeField(null=True, blank=True)
    first_response_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.CharField(max_length=150, blank=True)
    result = models.TextField(blank=True)
    ended_as = models.ForeignKey(
        "desk.ClosingReason", models.PROTECT, null=True, blank=True, related_name="+", to_field="code",
        db_column="ended_as", db_index=False,
    )  # fmt: skip
    reopened_at = models.DateTimeField(null=True, blank=True)
    reopened_count = models.PositiveSmallIntegerField(default=0)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", db_index=False
    )
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged", db_index=False
    )
    # The nearest deadline of its running clocks: what lists sort by.
    next_due_at = models.DateTimeField(null=True, blank=True)
    next_due_from = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    search = SearchField(null=True)

    objects = TicketQuerySet.as_manager()

    class Meta:
        verbose_name = _("工单")
        verbose_name_plural = _("工单")
        constraints = [
            models.UniqueConstraint(fields=["no"], name="ticket_no"),
            models.UniqueConstraint(fields=["source", "source_ref"], name="ticket_one_per_source"),
            models.CheckConstraint(
                condition=Q(resolved_at__isnull=True, state__in=["open", "working"])
                | Q(resolved_at__isnull=False, state__in=["resolved", "withdrawn"]),
                name="ticket_resolved_pair",
            ),
            models.CheckConstraint(
                condition=Q(owner__isnull=True, claimed_at__isnull=True)
                | Q(owner__isnull=False, claimed_at__isnull=False),
                name="ticket_claimed_pair",
            ),
        ]
        # Each index is paid for by every case that opens: what most cases lack is indexed where they have it.
        indexes = [
            *(
                models.Index(fields=[name], name=f"ticket_{name}", condition=Q(**{f"{name}__isnull": False}))
                for name in (
                    "customer",
                    "courier",
                    "owner",
                    "parent",
                    "merged_into",
                    "escalated_to",
                    "claimed_at",
                    "first_response_at",
                    "reopened_at",
                )
            ),
            models.Index(fields=["path"], name="ticket_path", opclasses=["varchar_pattern_ops"]),
            # Lists of what is open cost the same however long the history grows.
            GinIndex(
                fields=["seen_from"], name="ticket_live_seen_from", condition=Q(state__in=["open", "working"])
            ),
            GinIndex(fields=["at_from"], name="ticket_at_from", condition=Q(state__in=["open", "working"])),
            models.Index(
                fields=["next_due_at", "id"],
                name="ticket_live_by_due",
                condition=Q(state__in=["open", "working"]),
            ),
            models.Index(
                fields=["next_due_at", "id"],
                name="ticket_waiting",
                condition=Q(state__in=["open", "working"], owner__isnull=True),
            ),
            # What a seat carries is added up from the index alone.
            models.Index(
                fields=["owner", "kind", "priority"],
                name="ticket_live_of_owner",
                condition=Q(state__in=["open", "working"], owner__isnull=False),
            ),
            models.Index(fields=["-opened_at", "-id"], name="ticket_newest"),
            models.Index(
                fields=["-opened_at", "-id"],
                name="ticket_live_newest",
                condition=Q(state__in=["open", "working"]),
            ),
            models.Index(fields=["waybill_no"], name="ticket_waybill"),
            models.Index(
                fields=["resolved_at"], name="ticket_resolved", condition=Q(resolved_at__isnull=False)
            ),
            models.Index(fields=["value", "id"], name="ticket_by_value", condition=Q(value__isnull=False)),
            # Words, places, days and traits in one: what a small unit sees of a common word, what is new of it, and
            # what is rare in any way is found without reading any of them alone.
            GinIndex("search", "seen_from", Day("opened_at"), Traits(*TRAITS), name="ticket_anything"),
        ]

    def __str__(self) -> str:
        return self.no

    @property
    def is_live(self) -> bool:
        return self.state in LIVE_STATES

    # Django's own translate every choice to find the one that is asked for, for each row of a list.
    def get_kind_display(self) -> str:  # type: ignore[no-redef]
        return str(_KINDS.get(self.kind, self.kind))

    def get_priority_display(self) -> str:  # type: ignore[no-redef]
        return str(_PRIORITIES.get(self.priority, self.priority))


class Entry(models.Model):
    """One line of the story: a message, an internal note, or what happened. Append-only."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="entries", db_index=False)
    kind = models.CharField(max_length=16, choices=[(k.value, k.value) for k in EntryKind])
    # What was written; of an event, its sentence in Chinese with places for `words`, told in the reader's language.
    text = models.TextField()
    words = models.JSONField(default=dict, blank=True)
    by = models.CharField(max_length=150)
    # What the customer reads as the sender: a unit's name, never a person's account.
    signed = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField()
    # What somebody wrote can be found by its words; events are found by nothing and so cost nothing.
    search = SearchField(null=True)

    class Meta:
        ordering = ["at", "id"]
        indexes = [
            models.Index(fields=["ticket", "at"], name="entry_of_ticket"),
            GinIndex(fields=["search"], name="entry_search", condition=Q(search__isnull=False)),
            # Of what is said often, the newest is found without looking at all of it.
            models.Index(fields=["at"], name="entry_said", condition=Q(search__isnull=False)),
        ]

    @property
    def is_public(self) -> bool:
        return self.kind in PUBLIC_ENTRIES
