"""The waybill: who sends what to whom, and what was promised. What happened to it is in the scan log."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from huhang.kit.search_fields import SearchField


class Waybill(models.Model):
    """One parcel's facts. Paths of both ends are stamped when it is registered."""

    no = models.CharField(max_length=40, unique=True)
    carrier = models.CharField(max_length=32, blank=True)
    product = models.CharField(max_length=32, blank=True)
    customer = models.ForeignKey(
        "network.Customer", models.PROTECT, null=True, blank=True, related_name="waybills"
    )
    sender_name = models.CharField(max_length=80, blank=True)
    sender_phone = models.CharField(max_length=32, blank=True)
    sender_address = models.CharField(max_length=255, blank=True)
    receiver_name = models.CharField(max_length=80, blank=True)
    receiver_phone = models.CharField(max_length=32, blank=True)
    receiver_address = models.CharField(max_length=255, blank=True)
    origin = models.ForeignKey("network.OrgUnit", models.PROTECT, null=True, blank=True, related_name="sent")
    dest = models.ForeignKey(
        "network.OrgUnit", models.PROTECT, null=True, blank=True, related_name="received"
    )
    origin_path = models.CharField(max_length=255, blank=True)
    dest_path = models.CharField(max_length=255, blank=True)
    promised_at = models.DateTimeField(null=True, blank=True)
    # The receiver agreed to a locker, a station or a proxy (快递市场管理办法 Art. 28).
    has_consent = models.BooleanField(default=False)
    cod_amount = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    insured_amount = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    freight_collect = models.BooleanField(default=False)
    source = models.CharField(max_length=32, blank=True)
    registered_at = models.DateTimeField()
    # Waybill and phones (whole and last four), names by bigrams: written by the action, see `kit.search`.
    search = SearchField(null=True)

    class Meta:
        verbose_name = _("运单")
        verbose_name_plural = _("运单")
        indexes = [
            GinIndex(fields=["search"], name="waybill_search"),
            models.Index(fields=["origin_path"], name="waybill_origin", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["dest_path"], name="waybill_dest", opclasses=["varchar_pattern_ops"]),
        ]

    def __str__(self) -> str:
        return self.no
