"""The customer's own door to a case, and what they think of each step."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q


class ProgressLink(models.Model):
    """A random 128-bit token, kept only as its hash; it expires and can be revoked."""

    ticket = models.ForeignKey("desk.Ticket", models.CASCADE, related_name="links")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)


class StepRating(models.Model):
    """One rating per step, 1 to 5; bad ones count in that department's assessment."""

    step = models.OneToOneField("desk.Step", models.CASCADE, related_name="rating")
    score = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(5)])
    words = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(score__gte=1, score__lte=5), name="rating_one_to_five")
        ]
