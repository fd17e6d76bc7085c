"""Work lists that people keep: saved views, their counts, and the columns that each person likes to see."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from huhang.kit.languages import shown

LONGEST_QUERY = 1500


class SavedView(models.Model):
    """A list with a name: of one person, of everybody who works under an org path, or of a role from the start."""

    name = models.CharField(max_length=40)
    name_en = models.CharField(max_length=60, blank=True)
    owner = models.ForeignKey(
        "network.Person", models.CASCADE, null=True, blank=True, related_name="saved_views"
    )
    path = models.CharField(max_length=255, blank=True, db_index=True)
    role = models.CharField(max_length=32, blank=True)
    # The filters and the order, as they stand in the URL.
    query = models.CharField(max_length=LONGEST_QUERY, blank=True)
    columns = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    order = models.PositiveSmallIntegerField(default=100)
    made_by = models.CharField(max_length=150, blank=True)

    class Meta:
        verbose_name = _("工单视图")
        verbose_name_plural = _("工单视图")
        ordering = ["order", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(owner__isnull=False, path="", role="")
                | (Q(owner__isnull=True, role="") & ~Q(path=""))
                | (Q(owner__isnull=True, path="") & ~Q(role="")),
                name="view_belongs_once",
            ),
            models.UniqueConstraint(
                fields=["role", "name"], condition=~Q(role=""), name="view_of_a_role_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def shown_name(self) -> str:
        return shown(self.name, self.name_en)


class ViewCount(models.Model):
    """How many cases a view holds for those who see the same: counted now and then, never while a page waits."""

    view = models.ForeignKey(SavedView, models.CASCADE, related_name="counts")
    # A digest of `paths`, and of the person where the view speaks of "me".
    scope = models.CharField(max_length=64)
    paths = ArrayField(models.CharField(max_length=255), default=list)
    person = models.ForeignKey("network.Person", models.CASCADE, null=True, blank=True, related_name="+")
    count = models.PositiveIntegerField(null=True, blank=True)
    as_of = models.DateTimeField(null=True, blank=True)
    looked_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["view", "scope"], name="view_count_once")]


class ColumnChoice(models.Model):
    """The columns that a person wants in lists of cases, in their order."""

    person = models.OneToOneField("network.Person", models.CASCADE, related_name="column_choice")
    columns = ArrayField(models.CharField(max_length=32), default=list)
