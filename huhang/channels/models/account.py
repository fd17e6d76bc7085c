"""Accounts at vendors: how we sign in there, what they call us back with, and the token all processes share."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from huhang.kit.sealing import SealedField
from huhang.network.models import OrgUnit


class Account(models.Model):
    """One account at one vendor, or a door of our own. `key` stands in the address that the vendor calls back."""

    key = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    # A folder of `channels/adapters/`; empty for doors of our own (web chat, API), where nobody is called.
    adapter = models.CharField(max_length=20, blank=True)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="accounts")
    path = models.CharField(max_length=255)
    # What the adapter must know, as strings; what must stay secret is in `secrets`, unreadable in the table.
    settings = models.JSONField(default=dict, blank=True)
    secrets = SealedField(default=dict, blank=True)
    # Networks from which callbacks without a signature are believed; none is everywhere.
    networks = models.JSONField(default=list, blank=True)
    # Where a talk goes on when this vendor lets nothing through: a page of ours, by a link to the customer's own phone.
    fallback = models.ForeignKey(
        "channels.Entrance", models.SET_NULL, null=True, blank=True, related_name="taken_in"
    )
    is_active = models.BooleanField(default=True)
    heard_at = models.DateTimeField(null=True, blank=True)
    # Since when the vendor has not answered us; empty while it does.
    away_since = models.DateTimeField(null=True, blank=True)
    away_because = models.CharField(max_length=200, blank=True)
    # When what the vendor can list was last held against the inbox, and how much no callback had told of.
    compared_at = models.DateTimeField(null=True, blank=True)
    found_missing = models.PositiveIntegerField(default=0)
    # Since when nothing has come that usually comes at this hour; empty while it does.
    silent_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("渠道账号")
        verbose_name_plural = _("渠道账号")
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class SharedToken(models.Model):
    """An account's access token, one for all processes; whoever holds the row's lock renews it."""

    account = models.OneToOneField(Account, models.CASCADE, related_name="token")
    token = SealedField(default=dict, blank=True)
    renewed_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)


class PullCursor(models.Model):
    """How far we have fetched what waits at a vendor's door; moved in the transaction that keeps what was fetched."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="cursors")
    door = models.CharField(max_length=100, blank=True)
    cursor = models.CharField(max_length=500, blank=True)
    # The vendor said that something waits, and with which token to ask; empty when all is fetched.
    pull_at = models.DateTimeField(null=True, blank=True)
    pull_token = models.CharField(max_length=200, blank=True)
    # Nobody called: we look by ourselves, and what we find is what a callback should have told.
    is_comparing = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "door"], name="pull_cursor_once")]
        indexes = [models.Index(fields=["pull_at"], name="pull_due", condition=Q(pull_at__isnull=False))]


class Quota(models.Model):
    """What a vendor still lets us write to one address: so many messages until then."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="quotas")
    address = models.CharField(max_length=200)
    # By what it was granted (`rules.quotas`): a message, a click, a scan.
    granted_by = models.CharField(max_length=16)
    left = models.PositiveSmallIntegerField()
    until = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "address", "granted_by"], name="quota_once")
        ]
