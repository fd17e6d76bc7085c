"""Tables of the tool shed. None of them points at a room: actors are kept as text, so that records outlive people."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Outbox(models.Model):
    """Announcements for live pages, kept a day for replay (`kit.live`)."""

    kind = models.CharField(max_length=64)
    path = models.CharField(max_length=255, blank=True)
    ref = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "kit_outbox"


class AuditEntry(models.Model):
    """One act that must be answerable later; each row is chained to the one before by its hash (`kit.audit`)."""

    at = models.DateTimeField()
    actor = models.CharField(max_length=150)
    verb = models.CharField(max_length=64, db_index=True)
    subject = models.CharField(max_length=150, db_index=True)
    reason = models.CharField(max_length=300, blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    address = models.CharField(max_length=64, blank=True)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)

    class Meta:
        verbose_name = _("审计记录")
        verbose_name_plural = _("审计记录")


class IdempotencyKey(models.Model):
    """The answer already given to a write, kept for a repeat (draft-ietf-httpapi-idempotency-key-header)."""

    client = models.CharField(max_length=150)
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.JSONField(null=True)
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "key"], name="idempotency_key_once")]


class Fact(models.Model):
    """One thing that is true of this installation as a whole, such as that its data is simulated (`kit.facts`)."""

    key = models.CharField(max_length=64, primary_key=True)
    value = models.JSONField()


class Calendar(models.Model):
    """A working calendar: several windows a day, by weekday; `version` goes up with every change."""

    key = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    # {"1": [["08:00", "12:00"], ["13:00", "21:00"]], …} by ISO weekday; a window may cross midnight.
    windows = models.JSONField(default=dict)
    uses_holidays = models.BooleanField(default=True)
    zone = models.CharField(max_length=40, default="Asia/Shanghai")
    # Counts as the clock on the wall does: seven days end at the same hour, whatever summer time does in between.
    by_wall_clock = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("工作日历")
        verbose_name_plural = _("工作日历")

    def __str__(self) -> str:
        return self.name


class CalendarVersion(models.Model):
    """A calendar as it was: what runs by an earlier version goes on by it. Written when the next one is made."""

    calendar = models.ForeignKey(Calendar, models.CASCADE, related_name="versions")
    version = models.PositiveIntegerField()
    windows = models.JSONField()
    zone = models.CharField(max_length=40)
    by_wall_clock = models.BooleanField()
    # The days off and the days worked instead that held then: [["2026-10-01", "国庆节", true], …]
    days = models.JSONField()
    until = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["calendar", "version"], name="calendar_version_once")]


class CalendarDay(models.Model):
    """A public holiday, or a weekend day that is worked (调休)."""

    on = models.DateField(unique=True)
    name = models.CharField(max_length=40)
    is_off = models.BooleanField()

    class Meta:
        verbose_name = _("节假日与调休")
        verbose_name_plural = _("节假日与调休")

    def __str__(self) -> str:
        return f"{self.on} {self.name}"


class ImportRun(models.Model):
    """One reading of a file: what came in, what was refused, and where the refused rows can be fetched."""

    kind = models.CharField(max_length=32)
    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    dry_run = models.BooleanField()
    rows = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    rejects_path = models.CharField(max_length=255, blank=True)
    errors = models.JSONField(default=list)
    by = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at"]


class Ground(models.Model):
    """The version of a table that is read often and changed rarely; written by its trigger alone (`kit.ground`)."""

    key = models.CharField(max_length=64, primary_key=True)
    version = models.BigIntegerField()

    class Meta:
        db_table = "kit_ground"
