"""Conversations: who it is, what was said, in which order, and who answers."""

from collections.abc import Sequence
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from huhang.channels.models.account import Account
from huhang.channels.models.entrance import Entrance, ServiceQueue
from huhang.channels.models.outgoing import Outgoing
from huhang.channels.rules.conversation import ClosedBecause, Side, Stage
from huhang.channels.rules.matter import Sort
from huhang.kit.search_fields import SearchField
from huhang.network.models import Customer, Person, under

STAGE_NAMES = {
    Stage.SELF_SERVICE: _("自助中"),
    Stage.WAITING: _("排队中"),
    Stage.TALKING: _("会话中"),
    Stage.LEFT_MESSAGE: _("留言"),
    Stage.CLOSED: _("已结束"),
}
SIDE_NAMES = {
    Side.CUSTOMER: _("客户"),
    Side.AGENT: _("客服"),
    Side.HOUSE: _("系统"),
    Side.NOTE: _("内部备注"),
}
CLOSED_NAMES = {
    ClosedBecause.DONE: _("客服结束"),
    ClosedBecause.CUSTOMER_LEFT: _("客户结束"),
    ClosedBecause.SILENT: _("长时间无人说话"),
    ClosedBecause.GAVE_UP_WAITING: _("排队中离开"),
    ClosedBecause.AUTOMATIC: _("自动回复，不需要人"),
}


class Contact(models.Model):
    """A person on the other side, as far as we know them. Joined by proof (a phone, a binding), never by name."""

    name = models.CharField(max_length=80, blank=True)
    # A number that this person has shown to be theirs; empty while nobody has.
    phone = models.CharField(max_length=32, blank=True)
    # Under which number our own website knows them, as it has signed; empty while it has not.
    member = models.CharField(max_length=120, blank=True)
    proven_at = models.DateTimeField(null=True, blank=True)
    customer = models.ForeignKey(Customer, models.SET_NULL, null=True, blank=True, related_name="contacts")
    language = models.CharField(max_length=10, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("联系人")
        verbose_name_plural = _("联系人")
        constraints = [
            models.UniqueConstraint(fields=["phone"], condition=~Q(phone=""), name="contact_one_per_phone"),
            models.UniqueConstraint(
                fields=["member"], condition=~Q(member=""), name="contact_one_per_member"
            ),
            models.CheckConstraint(
                condition=Q(phone="") | Q(proven_at__isnull=False), name="contact_phone_is_proven"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Address(models.Model):
    """Where a contact is reached at one account: an openid, a number, a mailbox, a browser's secret as a hash."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="addresses")
    address = models.CharField(max_length=200)
    contact = models.ForeignKey(Contact, models.PROTECT, related_name="addresses")
    created_at = models.DateTimeField()
    heard_at = models.DateTimeField(null=True, blank=True)
    is_blocked = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "address"], name="address_once")]


class Conversations(models.QuerySet["Conversation"]):
    def within(self, paths: list[str]) -> Self:
        """Conversations of these subtrees."""
        return self.filter(under(paths))

    def open(self) -> Self:
        return self.exclude(stage=Stage.CLOSED)


class Conversation(models.Model):
    """A talk from the first word to the last, at one entrance, with one person."""

    no = models.CharField(max_length=16, unique=True)
    entrance = models.ForeignKey(Entrance, models.PROTECT, related_name="conversations")
    address = models.ForeignKey(Address, models.PROTECT, related_name="conversations")
    contact = models.ForeignKey(Contact, models.PROTECT, related_name="conversations")
    queue = models.ForeignKey(ServiceQueue, models.PROTECT, related_name="conversations")
    path = models.CharField(max_length=255)
    stage = models.CharField(
        max_length=16, default=Stage.SELF_SERVICE, choices=[(k.value, v) for k, v in STAGE_NAMES.items()]
    )
    agent = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="conversations")
    # What it is about, as the customer chose it, and the parcel if they named one.
    scenario = models.CharField(max_length=40, blank=True)
    subject = models.CharField(max_length=200, blank=True)
    waybill_no = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=10, blank=True)
    # How the vendor names it (Message-IDs), so that an answer finds its way back.
    threads = ArrayField(models.CharField(max_length=250), default=list, blank=True)
    # The one that it goes on with: somebody answered after that was over.
    follows = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="followed_by")
    opened_at = models.DateTimeField()
    # Its place in the line: kept when it returns there because an agent dropped off.
    waits_from = models.DateTimeField(null=True, blank=True)
    taken_at = models.DateTimeField(null=True, blank=True)
    first_answer_at = models.DateTimeField(null=True, blank=True)
    # Since when the customer waits for a word; empty while nothing is owed.
    owed_from = models.DateTimeField(null=True, blank=True)
    # Until when an answer to a message left behind was promised.
    promised_at = models.DateTimeField(null=True, blank=True)
    customer_spoke_at = models.DateTimeField(null=True, blank=True)
    agent_spoke_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_because = models.CharField(
        max_length=16, blank=True, choices=[(k.value, v) for k, v in CLOSED_NAMES.items()]
    )
    # The number of the latest message; numbers have no gaps.
    last_seq = models.PositiveIntegerField(default=0)
    # How far each side has read.
    read_by_customer = models.PositiveIntegerField(default=0)
    read_by_agent = models.PositiveIntegerField(default=0)
    search = SearchField(null=True)

    objects = Conversations.as_manager()

    class Meta:
        verbose_name = _("会话")
        verbose_name_plural = _("会话")
        ordering = ["-opened_at", "-pk"]
        indexes = [
            models.Index(
                fields=["queue", "waits_from"], name="conversation_line", condition=Q(stage="waiting")
            ),
            models.Index(
                fields=["agent", "stage"], name="conversation_of_agent", condition=~Q(stage="closed")
            ),
            models.Index(fields=["address", "-opened_at"], name="conversation_of_address"),
            models.Index(fields=["contact", "-opened_at"], name="conversation_of_contact"),
            models.Index(fields=["queue", "-taken_at"], name="conversation_pace"),
            models.Index(
                fields=["path", "-opened_at"],
                name="conversation_of_unit",
                opclasses=["varchar_pattern_ops", ""],
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(stage="waiting", waits_from__isnull=False) | ~Q(stage="waiting"),
                name="conversation_waits_since",
            ),
            models.CheckConstraint(
                condition=Q(stage="talking", agent__isnull=False) | ~Q(stage="talking"),
                name="conversation_talks_with_somebody",
            ),
            models.CheckConstraint(
                condition=Q(stage="closed", closed_at__isnull=False)
                | (~Q(stage="closed") & Q(closed_at__isnull=True)),
                name="conversation_closed_at",
            ),
        ]

    def __str__(self) -> str:
        return self.no


class Message(models.Model):
    """One word in a conversation. `key` makes it arrive once, `seq` gives it its place."""

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="messages")
    seq = models.PositiveIntegerField()
    # The sender's name for it: `in:<account>:<external id>`, or what the browser made up.
    key = models.CharField(max_length=260, unique=True)
    side = models.CharField(max_length=8, choices=[(k.value, v) for k, v in SIDE_NAMES.items()])
    by = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    name = models.CharField(max_length=80, blank=True)
    sort = models.CharField(max_length=8, default=Sort.TEXT)
    text = models.TextField(blank=True)
    # For cards and events: what the page draws. {"card": "parcel", "waybill_no": …}
    data = models.JSONField(default=dict, blank=True)
    # Files that came along: [{"file", "name", "type", "size"}], `file` being a name in the file store.
    files = models.JSONField(default=list, blank=True)
    # When it was said, by the sender's clock where that can be believed, and when we wrote it down.
    at = models.DateTimeField()
    stored_at = models.DateTimeField()
    # The words by which people find it; none for what the house says by itself.
    search = SearchField(null=True)
    # On its way through a vendor; none where our own page shows it.
    outgoing = models.OneToOneField(Outgoing, models.SET_NULL, null=True, blank=True, related_name="message")
    # By which numbers pages were told of it, where it was written just now.
    announced: Sequence[int] = ()

    class Meta:
        ordering = ["conversation", "seq"]
        indexes = [
            GinIndex(
                fields=["files"], name="message_files", opclasses=["jsonb_path_ops"], condition=~Q(files=[])
            ),
            GinIndex(fields=["search"], name="message_search", condition=Q(search__isnull=False)),
            models.Index(fields=["stored_at"], name="message_said", condition=Q(search__isnull=False)),
        ]
        constraints = [models.UniqueConstraint(fields=["conversation", "seq"], name="message_seq_once")]

    def __str__(self) -> str:
        return self.text[:40]


class Stretch(models.Model):
    """Who had a conversation from when to when, and why it went on: the history of its queue and its agents."""

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="stretches")
    queue = models.ForeignKey(ServiceQueue, models.PROTECT, related_name="+")
    agent = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    # taken, given, transferred, dropped, taken over, closed …
    ended_by = models.CharField(max_length=16, blank=True)
    by = models.CharField(max_length=150, blank=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["since", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["conversation"], condition=Q(until__isnull=True), name="stretch_one_open"
            ),
        ]


class Preview(models.Model):
    """What the customer is typing now: overwritten with every key, never kept once it is sent."""

    conversation = models.OneToOneField(Conversation, models.CASCADE, related_name="preview")
    text = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()


class ReplyDraft(models.Model):
    """An agent's unsent words: they stay with the conversation when it goes to somebody else."""

    conversation = models.OneToOneField(Conversation, models.CASCADE, related_name="draft")
    text = models.TextField(blank=True)
    by = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    # When the customer's page was last told that somebody writes.
    told_at = models.DateTimeField(null=True, blank=True)
