"""The scan log's manifest, the watch's rules, what it found, and how far it has read."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from huhang.kit.languages import shown


class Segment(models.Model):
    """One immutable Parquet file of the scan log. A file without a row here is not part of the log.

    `seq` is given under the log's lock, so its order is the commit order, and `received_at` never runs backwards.
    """

    seq = models.BigIntegerField(unique=True)
    batch_key = models.CharField(max_length=200, unique=True)
    path = models.CharField(max_length=255)
    source = models.CharField(max_length=64, blank=True)
    rows = models.PositiveIntegerField()
    rejected = models.JSONField(default=list)
    received_at = models.DateTimeField()
    # Of a small batch, while it is not merged: `waybill_index.fingerprints` of its waybills, sorted, 4 bytes each.
    # A look-up then opens only files that hold its parcel.
    fingerprints = models.BinaryField(null=True)
    # Merged into a larger file: kept for its batch key and answer, no longer read.
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged")

    class Meta:
        verbose_name = _("扫描日志分段")
        verbose_name_plural = _("扫描日志分段")
        indexes = [
            models.Index(fields=["received_at"], name="segment_received"),
            models.Index(fields=["seq"], name="segment_read", condition=Q(merged_into__isnull=True)),
        ]


class Removal(models.Model):
    """A file of the log that had been kept long enough: what was in it, and when it was taken out."""

    path = models.CharField(max_length=255, unique=True)
    batches = models.PositiveIntegerField()
    rows = models.PositiveBigIntegerField()
    first_seq = models.BigIntegerField()
    last_seq = models.BigIntegerField()
    first_received_at = models.DateTimeField()
    last_received_at = models.DateTimeField()
    kept_days = models.PositiveIntegerField()
    removed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("到期清除的扫描")
        verbose_name_plural = _("到期清除的扫描")
        ordering = ["-last_received_at"]


class WatchRule(models.Model):
    """A row of the watch: what must follow what, and by when; `rules.watch.Rule` explains each field."""

    slug = models.SlugField(max_length=64, unique=True)
    number = models.PositiveSmallIntegerField(unique=True)
    kind = models.CharField(max_length=16)
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120)
    addressed = models.CharField(max_length=16)
    link = models.CharField(max_length=20)
    opens_ticket = models.BooleanField(default=False)
    is_enabled = models.BooleanField(default=True)
    source = models.CharField(max_length=200, blank=True)
    after = models.JSONField(default=list, blank=True)
    expects = models.JSONField(default=list, blank=True)
    within_minutes = models.PositiveIntegerField(null=True, blank=True)
    by_time = models.TimeField(null=True, blank=True)
    days = models.PositiveSmallIntegerField(default=0)
    scans = models.JSONField(default=list, blank=True)
    needs = models.JSONField(default=list, blank=True)
    flags = models.JSONField(default=list, blank=True)
    charged = models.CharField(max_length=8, default="here")
    minutes = models.PositiveIntegerField(default=0)
    margin_minutes = models.PositiveIntegerField(default=0)
    node_kinds = models.JSONField(default=list, blank=True)
    products = models.JSONField(default=list, blank=True)
    except_products = models.JSONField(default=list, blank=True)
    routes = models.JSONField(default=list, blank=True)
    except_routes = models.JSONField(default=list, blank=True)
    # Goes up with every edit: a running watch compares it and reads its rules again.
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("预警规则")
        verbose_name_plural = _("预警规则")
        ordering = ["number"]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the language of whoever looks."""
        return shown(self.name_zh, self.name_en)

    def as_row(self) -> dict[str, Any]:
        """The row as `rules.watch.read_row` takes it."""
        plain = {f.name: getattr(self, f.name) for f in self._meta.concrete_fields}
        for known_elsewhere in ("id", "slug", "name_zh", "name_en", "is_enabled", "version"):
            plain.pop(known_elsewhere)
        return plain | {
            "id": self.slug,
            "name": {"zh": self.name_zh, "en": self.name_en},
            "enabled": self.is_enabled,
            "by_time": self.by_time.isoformat("minutes") if self.by_time else None,
        }


class Hit(models.Model):
    """A parcel about to become a complaint: which rule, since when, which link, who can act. Unique for ever."""

    waybill_no = models.CharField(max_length=40, db_index=True)
    rule = models.ForeignKey(WatchRule, models.PROTECT, related_name="hits")
    anchor_at = models.DateTimeField()
    raised_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True, blank=True)
    link = models.CharField(max_length=20)
    node = models.CharField(max_length=64, blank=True)
    operator = models.CharField(max_length=64, blank=True)
    unit = models.ForeignKey("network.OrgUnit", models.PROTECT, null=True, blank=True, related_name="hits")
    # The unit's path when it happened.
    path = models.CharField(max_length=255, blank=True)
    courier = models.ForeignKey("network.Courier", models.PROTECT, null=True, blank=True, related_name="hits")
    found_at = models.DateTimeField()
    # Watched but neither reminded nor opened as a case: what prevention is compared with.
    is_control = models.BooleanField(default=False)
    # Where the parcel lost its time, judged from its whole trace soon after the hit was found.
    explained_at = models.DateTimeField(null=True, blank=True)
    late_link = models.CharField(max_length=20, blank=True)
    late_minutes = models.PositiveIntegerField(null=True, blank=True)
    late_unit = models.ForeignKey("network.OrgUnit", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("预警")
        verbose_name_plural = _("预警")
        constraints = [
            models.UniqueConstraint(fields=["waybill_no", "rule", "anchor_at"], name="hit_once"),
        ]
        indexes = [
            models.Index(fields=["path"], name="hit_path", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["-raised_at", "-id"], name="hit_newest"),
            models.Index(
                fields=["rule", "waybill_no"], name="hit_open", condition=Q(cleared_at__isnull=True)
            ),
            models.Index(fields=["id"], name="hit_unexplained", condition=Q(explained_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.waybill_no} {self.rule_id}"


class WatchCursor(models.Model):
    """How far a runner has read the log, and up to which instant it has fired deadlines; moved with its hits."""

    name = models.CharField(max_length=32, unique=True)
    seq = models.BigIntegerField(default=0)
    due_until = models.DateTimeField(null=True, blank=True)


class NodeHours(models.Model):
    """The local hours in which a node usually signs parcels off, learnt from its scans; others are odd."""

    node = models.CharField(max_length=64, unique=True)
    hours = models.PositiveIntegerField()  # a bit per hour of the day, 0 is midnight to one
    scans = models.PositiveIntegerField()  # how many it was learnt from
    as_of = models.DateTimeField()

    class Meta:
        verbose_name = _("网点作业时段")
        verbose_name_plural = _("网点作业时段")
        constraints = [
            models.CheckConstraint(condition=Q(hours__lt=1 << 24), name="node_hours_of_one_day"),
        ]

    def __str__(self) -> str:
        return self.node
