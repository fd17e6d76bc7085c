"""Notices inside the house."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from huhang.network.models import Person


class Notice(models.Model):
    """A word to one person, or to whoever looks after a unit. `key` makes it arrive once."""

    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=64)
    title = models.CharField(max_length=120)
    body = models.CharField(max_length=500, blank=True)
    link = models.CharField(max_length=300, blank=True)
    # The unit's path at the time; empty when the notice is a person's own.
    path = models.CharField(max_length=255, blank=True)
    person = models.ForeignKey(Person, models.CASCADE, null=True, blank=True, related_name="notices")
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    read_by = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("通知")
        verbose_name_plural = _("通知")
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["person"], name="notice_unread_person", condition=Q(read_at__isnull=True)),
            models.Index(
                fields=["path"],
                name="notice_unread_unit",
                condition=Q(read_at__isnull=True, person__isnull=True),
            ),
            models.Index(fields=["person", "-at"], name="notice_person"),
            models.Index(fields=["path", "-at"], name="notice_unit", opclasses=["varchar_pattern_ops", ""]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(path="") | Q(person__isnull=False), name="notice_has_an_addressee"
            ),
            # A reader may be deleted later; a reader without a moment is impossible.
            models.CheckConstraint(
                condition=Q(read_by__isnull=True) | Q(read_at__isnull=False), name="notice_read_pair"
            ),
            models.CheckConstraint(
                condition=Q(link="") | Q(link__startswith="/"), name="notice_link_stays_in_the_house"
            ),
        ]

    def __str__(self) -> str:
        return self.title
