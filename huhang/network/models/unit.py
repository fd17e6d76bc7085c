"""The tree of the organisation."""

from collections.abc import Iterable
from typing import Self

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext_lazy as _

from huhang.kit.errors import NotFound
from huhang.kit.languages import shown
from huhang.network.models.scope import under
from huhang.network.rules import tree


class NothingBuilt(NotFound):
    """还没有建立组织。先在“网络”里建立总部，或用表格导入各级单位，这里随后就会打开。"""


class Units(models.QuerySet["OrgUnit"]):
    def within(self, paths: Iterable[str]) -> Self:
        """Units of these subtrees."""
        return self.filter(under(paths))

    def locked(self, code: str) -> "OrgUnit":
        return self.select_for_update().get(code=code)


class OrgUnit(models.Model):
    """A node of the tree: headquarters, province, city, outlet, hub, line-haul or a back-office department."""

    class Kind(models.TextChoices):
        HQ = tree.Kind.HQ.value, _("总部")
        PROVINCE = tree.Kind.PROVINCE.value, _("省区")
        CITY = tree.Kind.CITY.value, _("城市")
        OUTLET = tree.Kind.OUTLET.value, _("网点")
        HUB = tree.Kind.HUB.value, _("分拨中心")
        LINEHAUL = tree.Kind.LINEHAUL.value, _("干线车队")
        DEPARTMENT = tree.Kind.DEPARTMENT.value, _("职能部门")

    code = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80, blank=True)
    kind = models.CharField(max_length=16, choices=Kind)
    level = models.PositiveSmallIntegerField()
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    # `/HQ/JS/SZ/SZ-WZ/`: written by the actions of the tree only, and stamped on every fact at event time.
    # When a unit moves, its facts keep the old path: what happened there stays where it happened.
    path = models.CharField(max_length=255, unique=True)
    phone = models.CharField(max_length=32, blank=True)
    is_active = models.BooleanField(default=True)

    objects = Units.as_manager()

    class Meta:
        verbose_name = _("组织单元")
        verbose_name_plural = _("组织单元")
        indexes = [models.Index(fields=["path"], name="org_path_prefix", opclasses=["varchar_pattern_ops"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(path__startswith="/")
                & Q(path__endswith=Concat(Value("/"), F("code"), Value("/"))),
                name="org_path_ends_with_code",
            ),
            models.CheckConstraint(
                condition=Q(code__regex=r"^[A-Za-z0-9][A-Za-z0-9_-]*$"), name="org_code_fits_path"
            ),
            models.CheckConstraint(condition=Q(level__range=(1, tree.LOWEST)), name="org_has_five_levels"),
            models.CheckConstraint(
                condition=Q(kind=tree.Kind.HQ.value, parent__isnull=True)
                | (~Q(kind=tree.Kind.HQ.value) & Q(parent__isnull=False)),
                name="org_only_hq_is_root",
            ),
        ]

    def __str__(self) -> str:
        return self.shown_name

    @property
    def shown_name(self) -> str:
        """The name in the reader's language, as far as it is known."""
        return shown(self.name, self.name_en)
