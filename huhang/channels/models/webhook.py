"""Other systems that are told what happens here: whom, what, and how each telling went."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from huhang.channels.rules.webhooks import State

DELIVERY_NAMES = {State.QUEUED: _("等待发送"), State.DELIVERED: _("已送达"), State.FAILED: _("未送达")}


class Webhook(models.Model):
    """An address that hears of facts below an org path. Its secret is derived, not stored (`actions.webhooks`)."""

    name = models.CharField(max_length=80)
    url = models.URLField(max_length=500)
    path = models.CharField(max_length=255)
    # Names such as `ticket.opened` or `ticket.*`; none is all.
    events = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    secret_version = models.PositiveIntegerField(default=1)
    rotated_at = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    # Since when nothing has arrived there; empty while things do.
    failing_since = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150)

    class Meta:
        verbose_name = _("回调地址")
        verbose_name_plural = _("回调地址")
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class WebhookMessage(models.Model):
    """A fact as it is told, the same to everybody; `id` is what a receiver knows a repeat by."""

    id = models.CharField(max_length=64, primary_key=True)
    event = models.CharField(max_length=64)
    path = models.CharField(max_length=255)
    body = models.JSONField()
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.id


class Delivery(models.Model):
    """One message to one address: stored before it is posted, posted until it is taken."""

    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries")
    message = models.ForeignKey(WebhookMessage, models.CASCADE, related_name="deliveries")
    state = models.CharField(
        max_length=10, default=State.QUEUED, choices=[(k.value, v) for k, v in DELIVERY_NAMES.items()]
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    queued_at = models.DateTimeField()
    # What the workers look for; empty once there is nothing more to post.
    next_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("回调投递")
        verbose_name_plural = _("回调投递")
        indexes = [
            models.Index(fields=["next_at", "id"], name="delivery_due", condition=Q(next_at__isnull=False)),
            models.Index(fields=["webhook", "-queued_at"], name="delivery_newest"),
            models.Index(
                fields=["webhook", "next_at", "id"],
                name="delivery_due_of_webhook",
                condition=Q(next_at__isnull=False),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["webhook", "message"], name="delivery_once"),
            models.CheckConstraint(
                condition=Q(state="queued", next_at__isnull=False)
                | (~Q(state="queued") & Q(next_at__isnull=True)),
                name="delivery_waits_while_queued",
            ),
        ]


class Attempt(models.Model):
    """One try to post, and what came of it."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="tries")
    at = models.DateTimeField()
    took_ms = models.PositiveIntegerField()
    # 0 when nobody answered; then `words` says why.
    status = models.PositiveSmallIntegerField(default=0)
    words = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
