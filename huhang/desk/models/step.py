"""Steps: what each department owes, and by when."""

from datetime import timedelta

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from huhang.desk.models.ticket import KIND_NAMES
from huhang.desk.rules.kinds import Closing, StepState
from huhang.desk.rules.steps import Who
from huhang.kit.languages import shown

WHO_NAMES = {
    Who.OUTLET: _("派件网点"),
    Who.ORIGIN: _("揽收网点"),
    Who.HUB: _("分拨中心"),
    Who.LINEHAUL: _("干线车队"),
    Who.SERVICE: _("客服中心"),
    Who.CLAIMS: _("理赔组"),
    Who.FINANCE: _("财务部"),
    Who.IT: _("信息技术部"),
    Who.PROVINCE: _("省区"),
}

CLOSING_NAMES = {Closing.LAST_STEP: _("最后一步办完即办结"), Closing.OWNER: _("由负责人办结")}


class CasePlan(models.Model):
    """What a case of a kind asks for, which steps it takes, and what ends it; one with a watch rule wins."""

    kind = models.CharField(max_length=16, choices=[(k.value, v) for k, v in KIND_NAMES.items()])
    rule = models.SlugField(max_length=64, blank=True)
    # A list of what is asked, each with `key`, `label`, `label_en`, `required` and perhaps `choices`.
    asks = models.JSONField(default=list, blank=True)
    closing = models.CharField(
        max_length=16, choices=[(k.value, v) for k, v in CLOSING_NAMES.items()], default=Closing.LAST_STEP
    )

    class Meta:
        verbose_name = _("办理方案")
        verbose_name_plural = _("办理方案")
        ordering = ["kind", "rule"]
        constraints = [models.UniqueConstraint(fields=["kind", "rule"], name="case_plan_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.rule}".strip()


class StepTemplate(models.Model):
    """A step of a plan. Steps of one order go side by side; the next order opens when all of them are over."""

    plan = models.ForeignKey(CasePlan, models.CASCADE, related_name="steps")
    order = models.PositiveSmallIntegerField()
    lane = models.PositiveSmallIntegerField(default=1)
    who = models.CharField(max_length=16, choices=[(k.value, v) for k, v in WHO_NAMES.items()])
    title = models.CharField(max_length=80)
    title_en = models.CharField(max_length=120, blank=True)
    # What this department is asked to find out or do, in words that colleagues read.
    ask = models.CharField(max_length=500, blank=True)
    minutes = models.PositiveIntegerField()
    calendar = models.SlugField(max_length=40, default="always")

    class Meta:
        verbose_name = _("步骤模板")
        verbose_name_plural = _("步骤模板")
        ordering = ["plan", "order", "lane"]
        constraints = [models.UniqueConstraint(fields=["plan", "order", "lane"], name="step_template_once")]

    def __str__(self) -> str:
        return self.title

    @property
    def shown_title(self) -> str:
        """The title in the reader's language, as far as it is known."""
        return shown(self.title, self.title_en)


class Step(models.Model):
    """One department's part of a case, with its own clock; the customer sees it and rates it."""

    ticket = models.ForeignKey("desk.Ticket", models.CASCADE, related_name="steps")
    order = models.PositiveSmallIntegerField()
    lane = models.PositiveSmallIntegerField(default=1)
    # A part of another step, asked of another unit; that step cannot end before its parts.
    parent = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="parts", db_index=False
    )
    title = models.CharField(max_length=80)
    title_en = models.CharField(max_length=120, blank=True)
    ask = models.CharField(max_length=500, blank=True)
    unit = models.ForeignKey("network.OrgUnit", models.PROTECT, related_name="steps", db_index=False)
    path = models.CharField(max_length=255)
    minutes = models.PositiveIntegerField()
    calendar = models.SlugField(max_length=40, default="always", db_index=False)
    state = models.CharField(max_length=16, default=StepState.WAITING)
    # Whoever at that unit has taken it on.
    handler = models.ForeignKey(
        "network.Person", models.PROTECT, null=True, blank=True, related_name="steps", db_index=False
    )
    claimed_at = models.DateTimeField(null=True, blank=True)
    clock = models.OneToOneField("desk.Clock", models.PROTECT, null=True, blank=True, related_name="step")
    # Its clock's deadline, kept equal by triggers (`sql/install_due.sql`): by unit and deadline the steps behind
    # a figure are found without looking at any other.
    due_at = models.DateTimeField(null=True, blank=True, editable=False)
    opened_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.CharField(max_length=150, blank=True)
    # What the customer reads about this step; internal words never stand here.
    result = models.TextField(blank=True)
    # Why it was handed over or refused, or what a part found out; colleagues read it.
    reason = models.CharField(max_length=2000, blank=True)

    class Meta:
        ordering = ["order", "lane", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(handler__isnull=True, claimed_at__isnull=True)
                | Q(handler__isnull=False, claimed_at__isnull=False),
                name="step_claimed_pair",
            ),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True, state__in=["waiting", "open"])
                | Q(done_at__isnull=False, state__in=["done", "handed_over", "refused", "dropped"]),
                name="step_done_pair",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "dropped"]) | Q(clock__isnull=False), name="step_has_clock"
            ),
        ]
        indexes = [
            # Few steps have either, and every case that opens would pay for the others.
            models.Index(fields=["parent"], name="step_parent", condition=Q(parent__isnull=False)),
            models.Index(fields=["handler"], name="step_handler", condition=Q(handler__isnull=False)),
            # What nobody has taken, by case: walls and windows ask it of live cases alone.
            models.Index(
                fields=["ticket", "path"],
                name="step_free",
                condition=Q(state="open", handler__isnull=True),
            ),
            # A day's work, however many steps there have ever been.
            models.Index(fields=["claimed_at"], name="step_claimed", condition=Q(claimed_at__isnull=False)),
            models.Index(fields=["done_at"], name="step_done", condition=Q(state="done")),
            # The steps behind a figure, the latest first: of one unit, of everybody, and those few that were sent back.
            # What each came to stands in the index too, so that only what is shown is fetched.
            models.Index(
                OpClass(F("path"), "varchar_pattern_ops"),
                F("due_at"),
                F("id"),
                name="step_due_of_path",
                include=["state", "done_at"],
                condition=Q(due_at__isnull=False),
            ),
            models.Index(
                fields=["due_at", "id"],
                name="step_due",
                include=["path", "state", "done_at"],
                condition=Q(due_at__isnull=False),
            ),
            models.Index(
                fields=["due_at", "id"], name="step_refused", include=["path"], condition=Q(state="refused")
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def shown_title(self) -> str:
        """The title in the reader's language, as far as it is known."""
        return shown(self.title, self.title_en)

    @property
    def allowed(self) -> timedelta:
        """Working time that the step may take once it is its turn."""
        return timedelta(minutes=self.minutes)
