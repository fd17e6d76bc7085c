"""As what a case ended: an editable list, so that ends can be counted."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from huhang.kit.languages import shown


class ClosingReason(models.Model):
    """结案原因: chosen by whoever ends a case; one that is out of use stays readable where it was chosen."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120, blank=True)
    order = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("结案原因")
        verbose_name_plural = _("结案原因")
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return self.name

    @property
    def shown_name(self) -> str:
        return shown(self.name, self.name_en)
