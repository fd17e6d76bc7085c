"""Feeds: who may push to us, what they sent, what became of it, and what was put aside."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from huhang.journey.rules.feeds import ParkedState, Protocol, What, WordKind

PROTOCOL_NAMES = {Protocol.KUAIDI100.value: _("快递100"), Protocol.KDNIAO.value: _("快递鸟")}
WORD_KINDS = {
    WordKind.CARRIER.value: _("承运商"),
    WordKind.IDENTIFIER.value: _("包裹标识"),
    WordKind.PLACE.value: _("地点"),
}


class FeedAccount(models.Model):
    """One partner who pushes: the address he was given (`key`) and the secret that his signatures prove."""

    slug = models.SlugField(max_length=32, unique=True)
    kind = models.CharField(max_length=16, choices=PROTOCOL_NAMES)
    key = models.CharField(max_length=64, unique=True)
    secret = models.CharField(max_length=128)
    # The partner's own number for us (kdniao EBusinessID); a push that names another is not for us.
    partner_no = models.CharField(max_length=64, blank=True)
    # Taken where a push names no carrier.
    carrier = models.CharField(max_length=32, blank=True)
    is_enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("推送账号")
        verbose_name_plural = _("推送账号")
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(condition=~Q(secret=""), name="feed_account_has_a_secret"),
            models.CheckConstraint(condition=Q(kind__in=list(PROTOCOL_NAMES)), name="feed_account_kind"),
        ]

    def __str__(self) -> str:
        return self.source

    @property
    def source(self) -> str:
        """Its name in the log and in every count."""
        return f"{self.kind}:{self.slug}"


class FeedWord(models.Model):
    """What partners call something of ours: a carrier, a parcel, a place. `theirs` may end in `*`."""

    kind = models.CharField(max_length=16, choices=WORD_KINDS)
    theirs = models.CharField(max_length=255)
    ours = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("对照词")
        verbose_name_plural = _("对照词")
        ordering = ["kind", "theirs"]
        constraints = [models.UniqueConstraint(fields=["kind", "theirs"], name="feed_word_once")]

    def __str__(self) -> str:
        return f"{self.theirs} → {self.ours}"


class Push(models.Model):
    """A message as it came, kept before it is answered; the same content of the same source is one message."""

    source = models.CharField(max_length=64)
    account = models.ForeignKey(FeedAccount, models.SET_NULL, null=True, related_name="+")
    kind = models.CharField(max_length=16)
    digest = models.CharField(max_length=64)
    # Whose it is when a person sent it by the API; he alone asks what became of it.
    person = models.ForeignKey("network.Person", models.SET_NULL, null=True, related_name="+")
    capture_id = models.UUIDField(unique=True)
    body = models.BinaryField()
    received_at = models.DateTimeField()
    processed_at = models.DateTimeField(null=True)
    # {"accepted": …, "doubled": …, "withdrawn": …, "errors": [{"event", "code", "reason"}]}
    result = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("收到的推送")
        verbose_name_plural = _("收到的推送")
        constraints = [models.UniqueConstraint(fields=["source", "digest"], name="push_once")]
        indexes = [
            models.Index(fields=["id"], name="push_waiting", condition=Q(processed_at__isnull=True)),
            models.Index(fields=["received_at"], name="push_received"),
        ]


class KnownTrace(models.Model):
    """Which scans of a parcel a feed has told already: partners repeat the whole list with every push."""

    source = models.CharField(max_length=64)
    waybill_no = models.CharField(max_length=40)
    # Eight bytes a scan.
    digests = models.BinaryField()
    touched_at = models.DateTimeField()

    class Meta:
        verbose_name = _("已知轨迹")
        verbose_name_plural = _("已知轨迹")
        constraints = [models.UniqueConstraint(fields=["source", "waybill_no"], name="known_trace_once")]
        indexes = [models.Index(fields=["touched_at"], name="known_trace_touched")]


class IntakeCount(models.Model):
    """How much of a source became what in an hour; added up as it happens, in the transaction in which it happens."""

    source = models.CharField(max_length=64)
    hour = models.DateTimeField()
    what = models.CharField(max_length=16, choices=[(w.value, w.value) for w in What])
    reason = models.CharField(max_length=32, blank=True)
    amount = models.BigIntegerField()
    # The newest event among them.
    newest_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField()

    class Meta:
        verbose_name = _("接入计数")
        verbose_name_plural = _("接入计数")
        constraints = [
            models.UniqueConstraint(fields=["source", "hour", "what", "reason"], name="intake_count_once")
        ]
        indexes = [models.Index(fields=["hour"], name="intake_count_hour")]


class Parked(models.Model):
    """A message or scan that was put aside with its reason, until its cause is mended."""

    source = models.CharField(max_length=64)
    reason = models.CharField(max_length=32)
    detail = models.CharField(max_length=300, blank=True)
    waybill_no = models.CharField(max_length=40, blank=True)
    # The beginning of what came, as text.
    raw = models.TextField(blank=True)
    # What can be tried again: {"kind": "kuaidi100", "message": …}; empty when nothing can.
    again = models.JSONField(default=dict)
    # Of source, reason and content: a partner who repeats himself is put aside once.
    digest = models.CharField(max_length=64, unique=True)
    times = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=16, choices=[(s.value, s.value) for s in ParkedState])
    at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=150, blank=True)

    class Meta:
        verbose_name = _("搁置的内容")
        verbose_name_plural = _("搁置的内容")
        indexes = [
            models.Index(fields=["-at", "-id"], name="parked_newest"),
            models.Index(fields=["reason"], name="parked_open", condition=Q(state="parked")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["parked", "refused"], settled_at__isnull=True)
                | Q(state__in=["entered", "dropped"], settled_at__isnull=False),
                name="parked_settled_when_it_says_so",
            )
        ]


class Reconciliation(models.Model):
    """One source in one hour: what was counted, what the manifest says, what the files hold, which pushes entered."""

    hour = models.DateTimeField()
    source = models.CharField(max_length=64)
    counted = models.BigIntegerField()
    manifest = models.BigIntegerField()
    in_files = models.BigIntegerField()
    pushes = models.IntegerField(default=0)
    pushes_entered = models.IntegerField(default=0)
    is_well = models.BooleanField()
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("接入对账")
        verbose_name_plural = _("接入对账")
        constraints = [
            models.UniqueConstraint(fields=["hour", "source"], name="reconciled_once"),
            models.CheckConstraint(
                condition=Q(is_well=False) | (Q(counted=F("manifest")) & Q(manifest=F("in_files"))),
                name="reconciled_well_when_equal",
            ),
        ]
        indexes = [models.Index(fields=["-hour"], name="reconciled_newest")]
