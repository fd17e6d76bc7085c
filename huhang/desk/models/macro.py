"""What is done again and again, kept as one."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from huhang.kit.languages import shown


class Macro(models.Model):
    """Words and deeds for one press, for everybody under an org path, or for one person alone."""

    name = models.CharField(max_length=40)
    name_en = models.CharField(max_length=80, blank=True)
    # Whose it is: an org path, headquarters' for the whole network; or the person's own.
    path = models.CharField(max_length=255, blank=True)
    person = models.ForeignKey("network.Person", models.CASCADE, null=True, blank=True, related_name="macros")
    # [{"do": "answer", "text": "{客户姓氏}您好…"}, {"do": "pause", "reason": "customer-info"}]: `rules.macros`.
    actions = models.JSONField()
    # The pack's own name of it: edited ones stay as people made them.
    slug = models.SlugField(max_length=40, blank=True)
    order = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("宏")
        verbose_name_plural = _("宏")
        ordering = ["order", "name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(person__isnull=True) & ~Q(path="")) | Q(person__isnull=False, path=""),
                name="macro_of_a_place_or_a_person",
            ),
            models.UniqueConstraint(fields=["slug"], condition=~Q(slug=""), name="macro_slug_once"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def shown_name(self) -> str:
        return shown(self.name, self.name_en)
