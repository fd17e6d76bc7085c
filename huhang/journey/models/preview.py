"""Previews: what a change of the watch would have done, worked out in the background and kept for a while."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Preview(models.Model):
    """One question about the last days and, once it is worked out, its answer. The same question has one row."""

    key = models.CharField(max_length=64, unique=True)
    asked = models.JSONField()
    asked_at = models.DateTimeField()
    progress = models.PositiveSmallIntegerField(default=0)  # per cent
    answer = models.JSONField(null=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("试算")
        verbose_name_plural = _("试算")
        indexes = [models.Index(fields=["asked_at"], name="preview_asked")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(answer__isnull=True, answered_at__isnull=True)
                | models.Q(answer__isnull=False, answered_at__isnull=False),
                name="preview_answered_pair",
            )
        ]

    def __str__(self) -> str:
        return self.key
