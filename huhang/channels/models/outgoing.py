"""Messages to people outside the screen, and what they send back."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from huhang.channels.models.account import Account
from huhang.channels.models.notice import Notice
from huhang.channels.rules.gateway import Letter
from huhang.channels.rules.matter import Media, Sort
from huhang.channels.rules.outgoing import FOR_OUR_OWN, Medium, State
from huhang.kit import file_store
from huhang.network.models import Courier, OrgUnit, Person

MEDIUM_NAMES = {
    Medium.IN_APP: _("站内"),
    Medium.SMS: _("短信"),
    Medium.VOICE: _("语音电话"),
    Medium.CHAT: _("在线消息"),
    Medium.MAIL: _("邮件"),
}
OUR_OWN_MEDIA = {medium: MEDIUM_NAMES[medium] for medium in FOR_OUR_OWN}
STATE_NAMES = {
    State.QUEUED: _("待发送"),
    State.SENT: _("已发出"),
    State.DELIVERED: _("已送达"),
    State.READ: _("已读"),
    State.ANSWERED: _("已回复"),
    State.FAILED: _("未送达"),
}


class Outgoings(models.QuerySet["Outgoing"]):
    def due(self, now: object) -> Self:
        """What is to be handed over, the longest waiting first."""
        return self.filter(next_at__lte=now).order_by("next_at", "pk")


class Outgoing(models.Model):
    """One message to one addressee, stored before it is sent. `key` makes it be sent once.

    A message with a link keeps only the hash of the link's token: `{link}` in the text is filled in when the message
    is handed over, from the installation's secret and the key, so that who reads the table cannot open the page.
    """

    key = models.CharField(max_length=200, unique=True)
    medium = models.CharField(max_length=8, choices=[(k.value, v) for k, v in MEDIUM_NAMES.items()])
    person = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    courier = models.ForeignKey(Courier, models.SET_NULL, null=True, blank=True, related_name="+")
    unit = models.ForeignKey(OrgUnit, models.PROTECT, null=True, blank=True, related_name="+")
    # The unit's path at the time, and the number as it was then.
    path = models.CharField(max_length=255, blank=True)
    number = models.CharField(max_length=32, blank=True)
    # By whose account it leaves and to whom there; none for the installation's own gateway, which goes by number.
    account = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="outgoing")
    address = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    # What else its letter carries: {"sort", "files", "thread", "subject", "door", "extra"}.
    letter_facts = models.JSONField(default=dict, blank=True)
    # `/r/{token}`; empty when the message has no page of its own.
    link = models.CharField(max_length=200, blank=True)
    token_hash = models.CharField(max_length=64, unique=True, null=True, blank=True)
    link_expires_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(
        max_length=10, default=State.QUEUED, choices=[(k.value, v) for k, v in STATE_NAMES.items()]
    )
    queued_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    # For how many messages it was counted by what its vendor allows, and when: before it was handed over.
    counted = models.PositiveSmallIntegerField(default=0)
    counted_at = models.DateTimeField(null=True, blank=True)
    # What the workers look for; empty once there is nothing more to hand over.
    next_at = models.DateTimeField(null=True, blank=True)
    gateway = models.CharField(max_length=40, blank=True)
    external_id = models.CharField(max_length=100, blank=True)
    # False: nothing left the house, a file says what would have been sent.
    is_real = models.BooleanField(default=False)
    notice = models.OneToOneField(Notice, models.SET_NULL, null=True, blank=True, related_name="outgoing")

    objects = Outgoings.as_manager()

    class Meta:
        verbose_name = _("外发消息")
        verbose_name_plural = _("外发消息")
        ordering = ["-queued_at", "-pk"]
        indexes = [
            models.Index(fields=["next_at", "id"], name="outgoing_due", condition=Q(next_at__isnull=False)),
            models.Index(
                fields=["gateway", "external_id"], name="outgoing_external", condition=~Q(external_id="")
            ),
            models.Index(fields=["number", "-queued_at"], name="outgoing_number"),
            models.Index(
                fields=["account", "address"],
                name="outgoing_of_address_waits",
                condition=Q(next_at__isnull=False, medium="chat"),
            ),
            models.Index(
                fields=["account", "address", "counted_at"],
                name="outgoing_counted",
                condition=Q(counted_at__isnull=False),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="queued", next_at__isnull=False)
                | (~Q(state="queued") & Q(next_at__isnull=True)),
                name="outgoing_waits_while_queued",
            ),
            models.CheckConstraint(
                condition=Q(medium="in_app") | ~Q(number="") | ~Q(address="") | Q(state="failed"),
                name="outgoing_has_an_addressee",
            ),
            models.CheckConstraint(
                condition=Q(link="", token_hash__isnull=True, link_expires_at__isnull=True)
                | (~Q(link="") & Q(token_hash__isnull=False, link_expires_at__isnull=False)),
                name="outgoing_link_has_its_token",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.medium} {self.key}"

    @property
    def is_simulated(self) -> bool:
        """Was it only written down, for want of a real gateway?"""
        return self.medium != Medium.IN_APP and not self.is_real

    def letter(self, text: str) -> Letter:
        """The message as a gateway takes it, with its text filled in."""
        facts = self.letter_facts
        return Letter(
            self.key,
            Medium(self.medium),
            self.number or self.address,
            text,
            self.queued_at,
            sort=Sort(facts.get("sort", Sort.TEXT)),
            media=tuple(
                Media(one["name"], one["type"], file_store.read(one["file"]))
                for one in facts.get("files", ())
                if one["file"]
            ),
            thread=tuple(facts.get("thread", ())),
            subject=facts.get("subject", ""),
            door=facts.get("door", ""),
            extra=facts.get("extra", {}),
        )


class Inbound(models.Model):
    """What somebody sent back, kept as it came. The gateway's number makes a repeat be taken once."""

    gateway = models.CharField(max_length=40)
    external_id = models.CharField(max_length=100)
    number = models.CharField(max_length=32)
    text = models.CharField(max_length=500)
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    # The last message to this number before it, if any.
    answers = models.ForeignKey(Outgoing, models.SET_NULL, null=True, blank=True, related_name="answers")
    # What was made of it, in a word: see the room that took it.
    taken_as = models.CharField(max_length=16, blank=True)

    class Meta:
        verbose_name = _("收到的回复")
        verbose_name_plural = _("收到的回复")
        ordering = ["-received_at", "-pk"]
        indexes = [models.Index(fields=["number", "-received_at"], name="inbound_number")]
        constraints = [
            models.UniqueConstraint(fields=["gateway", "external_id"], name="inbound_once"),
        ]

    def __str__(self) -> str:
        return self.text


class OptOut(models.Model):
    """A number that asked not to be sent SMS; calls and notices still reach its owner."""

    number = models.CharField(max_length=32, unique=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("短信退订")
        verbose_name_plural = _("短信退订")

    def __str__(self) -> str:
        return self.number
