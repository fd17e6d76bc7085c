"""Reasons that people choose from lists of their own making, so that what was chosen can be counted."""

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from huhang.kit.languages import shown


class Reason(models.Model):
    """One of a list; one that is out of use stays readable where it was chosen."""

    # By this name records of changes call the list.
    listed_as: ClassVar[str]

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120, blank=True)
    order = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        abstract = True
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return self.name

    @property
    def shown_name(self) -> str:
        return shown(self.name, self.name_en)


class ClosingReason(Reason):
    """结案原因: as what a case ended, chosen by whoever ends it."""

    listed_as = "closing_reason"

    class Meta(Reason.Meta):
        verbose_name = _("结案原因")
        verbose_name_plural = _("结案原因")


class PauseReason(Reason):
    """Why counting may stop, and for how long at most: nobody pauses for no reason, or for ever."""

    listed_as = "pause_reason"

    # Of one case and reason, all pauses together.
    limit_minutes = models.PositiveIntegerField()
    # What was waited for is the customer's word: counting goes on as soon as they write.
    until_heard = models.BooleanField(default=False)

    class Meta(Reason.Meta):
        verbose_name = _("暂停原因")
        verbose_name_plural = _("暂停原因")

    @property
    def limit(self) -> timedelta:
        return timedelta(minutes=self.limit_minutes)
