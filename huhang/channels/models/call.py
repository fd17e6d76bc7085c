"""Telephone calls: what the switch told us, the call that it adds up to, and the calls that we owe."""

from dataclasses import fields
from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from huhang.channels.models.account import Account
from huhang.channels.models.entrance import ServiceQueue
from huhang.channels.rules.call_backs import Closed
from huhang.channels.rules.call_life import Life, Outcome, Phase
from huhang.channels.rules.calls import CallEvent, CallKind, EndedBy
from huhang.network.models import Customer, Person, under

PHASE_NAMES = {
    Phase.IVR: _("语音导航"),
    Phase.WAITING: _("排队中"),
    Phase.RINGING: _("振铃中"),
    Phase.TALKING: _("通话中"),
    Phase.HELD: _("保持中"),
    Phase.AFTER_CALL: _("话后整理"),
    Phase.OVER: _("已结束"),
}
OUTCOME_NAMES = {
    Outcome.ANSWERED: _("已接通"),
    Outcome.ABANDONED: _("排队放弃"),
    Outcome.SHORT_ABANDON: _("短时放弃"),
    Outcome.TURNED_AWAY: _("超时未接"),
    Outcome.CALL_BACK_ASKED: _("要求回电"),
    Outcome.IVR_ONLY: _("仅语音导航"),
    Outcome.NOT_REACHED: _("呼出未接"),
}
CLOSED_NAMES = {
    Closed.CALLED: _("已回电"),
    Closed.GOT_THROUGH: _("客户已打通"),
    Closed.NOT_REACHED: _("多次未接通"),
    Closed.NOT_NEEDED: _("无需回电"),
}
# What of an event stands in `fact`: all but the columns.
_REST = frozenset(field.name for field in fields(CallEvent)) - {"external_id", "call_id", "kind", "at", "seq"}


class CallEventRow(models.Model):
    """One word of the switch, written before anything is made of it; a second telling finds the row taken."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="call_events")
    external_id = models.CharField(max_length=200)
    # Empty for what concerns no call: an agent who goes for a break.
    call_id = models.CharField(max_length=100, blank=True)
    kind = models.CharField(max_length=16)
    at = models.DateTimeField()
    seq = models.BigIntegerField(default=0)
    # The rest of the `CallEvent`, without what is empty.
    fact = models.JSONField(default=dict)
    received_at = models.DateTimeField()

    class Meta:
        verbose_name = _("话务事件")
        verbose_name_plural = _("话务事件")
        constraints = [models.UniqueConstraint(fields=["account", "external_id"], name="call_event_once")]
        indexes = [
            models.Index(fields=["account", "call_id"], name="call_event_of_call", condition=~Q(call_id="")),
            models.Index(fields=["received_at"], name="call_event_received"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.external_id}"

    @classmethod
    def of(cls, account: Account, event: CallEvent, *, received_at: datetime) -> Self:
        """A row that says what the event says."""
        rest = {name: getattr(event, name) for name in _REST if getattr(event, name)}
        return cls(
            account=account, external_id=event.external_id, call_id=event.call_id, kind=event.kind,
            at=event.at, seq=event.seq, fact=rest, received_at=received_at,
        )  # fmt: skip

    @property
    def event(self) -> CallEvent:
        rest = {name: value for name, value in self.fact.items() if name in _REST}
        if "ended_by" in rest:
            rest["ended_by"] = EndedBy(rest["ended_by"])
        return CallEvent(self.external_id, self.call_id, CallKind(self.kind), self.at, seq=self.seq, **rest)


class Calls(models.QuerySet["Call"]):
    def within(self, paths: list[str]) -> Self:
        """Calls of these subtrees."""
        return self.filter(under(paths))

    def live(self) -> Self:
        """Those that are going on, or still written about."""
        return self.exclude(phase=Phase.OVER)

    def inbound(self) -> Self:
        return self.filter(is_outbound=False)


class Call(models.Model):
    """A call as its events make it (`rules.call_life`); written anew with each event, never by hand."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="calls")
    call_id = models.CharField(max_length=100)
    queue = models.ForeignKey(ServiceQueue, models.PROTECT, null=True, blank=True, related_name="calls")
    # Whose line it is, and the queue in the switch's words.
    path = models.CharField(max_length=255)
    queue_name = models.CharField(max_length=100, blank=True)
    phase = models.CharField(
        max_length=10, default=Phase.IVR, choices=[(k.value, v) for k, v in PHASE_NAMES.items()]
    )
    outcome = models.CharField(
        max_length=16, blank=True, choices=[(k.value, v) for k, v in OUTCOME_NAMES.items()]
    )
    is_outbound = models.BooleanField(default=False)
    arrived_at = models.DateTimeField()
    queued_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    wait = models.DurationField(null=True, blank=True)
    talk = models.DurationField(default=timedelta)
    hold = models.DurationField(default=timedelta)
    after_call = models.DurationField(default=timedelta)
    # The customer's number, as we keep numbers, and ours.
    number = models.CharField(max_length=32, blank=True)
    line = models.CharField(max_length=32, blank=True)
    digits = models.CharField(max_length=64, blank=True)
    agent = models.CharField(max_length=100, blank=True)
    person = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="calls")
    customer = models.ForeignKey(Customer, models.SET_NULL, null=True, blank=True, related_name="calls")
    cause = models.CharField(max_length=60, blank=True)
    ended_by = models.CharField(max_length=8, blank=True)
    # Where recordings lie at the switch; the sound is never ours.
    recordings = models.JSONField(default=list, blank=True)
    # What it left us owing; another call of the same caller may have opened it.
    call_back = models.ForeignKey("CallbackDue", models.SET_NULL, null=True, blank=True, related_name="calls")

    objects = Calls.as_manager()

    class Meta:
        verbose_name = _("通话")
        verbose_name_plural = _("通话")
        ordering = ["-arrived_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["account", "call_id"], name="call_once"),
            models.CheckConstraint(
                condition=Q(queued_at__isnull=True) | Q(left_at__isnull=True) | Q(wait__gte=timedelta()),
                name="call_wait_is_not_negative",
            ),
        ]
        indexes = [
            models.Index(fields=["path"], name="call_live", condition=~Q(phase="over")),
            models.Index(fields=["queue", "arrived_at"], name="call_of_queue"),
            models.Index(
                fields=["path", "-arrived_at"], name="call_of_unit", opclasses=["varchar_pattern_ops", ""]
            ),
            models.Index(fields=["number", "-arrived_at"], name="call_of_number", condition=~Q(number="")),
            models.Index(fields=["person", "-arrived_at"], name="call_of_person"),
        ]

    def __str__(self) -> str:
        return self.call_id

    @property
    def life(self) -> Life:
        """The facts that figures are made of."""
        return Life(
            self.call_id,
            self.arrived_at,
            phase=Phase(self.phase),
            outcome=Outcome(self.outcome) if self.outcome else None,
            is_outbound=self.is_outbound,
            queued_at=self.queued_at,
            answered_at=self.answered_at,
            left_at=self.left_at,
            ended_at=self.ended_at,
            talk=self.talk,
            hold=self.hold,
            after_call=self.after_call,
        )


class AgentExtension(models.Model):
    """Who sits at a telephone: the switch's word for an agent, and the person."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="extensions")
    extension = models.CharField(max_length=100)
    person = models.ForeignKey(Person, models.CASCADE, related_name="extensions")
    since = models.DateTimeField()
    # What the switch last said of them, in its own words.
    state = models.CharField(max_length=40, blank=True)
    state_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("分机")
        verbose_name_plural = _("分机")
        constraints = [models.UniqueConstraint(fields=["account", "extension"], name="extension_once")]

    def __str__(self) -> str:
        return self.extension


class CallbacksDue(models.QuerySet["CallbackDue"]):
    def open(self) -> Self:
        return self.filter(closed_at__isnull=True)

    def within(self, paths: list[str]) -> Self:
        return self.filter(under(paths))


class CallbackDue(models.Model):
    """A call that we owe: one for each caller and queue while it is open, however often they tried."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="callbacks")
    number = models.CharField(max_length=32)
    queue = models.ForeignKey(ServiceQueue, models.PROTECT, null=True, blank=True, related_name="callbacks")
    path = models.CharField(max_length=255)
    customer = models.ForeignKey(Customer, models.SET_NULL, null=True, blank=True, related_name="callbacks")
    # What the caller met: the outcome of the first of the calls.
    because = models.CharField(max_length=16, choices=[(k.value, v) for k, v in OUTCOME_NAMES.items()])
    # When the caller first gave up, and last.
    since = models.DateTimeField()
    missed_at = models.DateTimeField()
    due_at = models.DateTimeField()
    # Not before this: nobody is rung again at once.
    next_at = models.DateTimeField()
    owner = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="callbacks")
    claimed_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_because = models.CharField(
        max_length=16, blank=True, choices=[(k.value, v) for k, v in CLOSED_NAMES.items()]
    )
    closed_by = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    note = models.CharField(max_length=300, blank=True)

    objects = CallbacksDue.as_manager()

    class Meta:
        verbose_name = _("待回电")
        verbose_name_plural = _("待回电")
        ordering = ["due_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "number", "queue"],
                condition=Q(closed_at__isnull=True, queue__isnull=False),
                name="callback_one_open",
            ),
            models.UniqueConstraint(
                fields=["account", "number"],
                condition=Q(closed_at__isnull=True, queue__isnull=True),
                name="callback_one_open_without_queue",
            ),
            models.CheckConstraint(condition=~Q(number=""), name="callback_has_a_number"),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_because="")
                | (Q(closed_at__isnull=False) & ~Q(closed_because="")),
                name="callback_closed_pair",
            ),
            models.CheckConstraint(condition=Q(missed_at__gte=F("since")), name="callback_missed_since"),
        ]
        indexes = [
            models.Index(
                fields=["path", "due_at"],
                name="callback_open",
                condition=Q(closed_at__isnull=True),
                opclasses=["varchar_pattern_ops", ""],
            ),
            models.Index(fields=["account", "number"], name="callback_of_number"),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


class CallbackTry(models.Model):
    """One attempt to ring somebody back that reached nobody."""

    callback = models.ForeignKey(CallbackDue, models.CASCADE, related_name="tries")
    at = models.DateTimeField()
    by = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["at", "id"]
