"""The customer's own door to a case, and what they think of each step."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from huhang.desk.rules.progress import Purpose


class ProgressLink(models.Model):
    """A random 128-bit token, kept only as its hash; it expires and can be revoked."""

    ticket = models.ForeignKey("desk.Ticket", models.CASCADE, related_name="links")
    token_hash = models.CharField(max_length=64, unique=True)
    purpose = models.CharField(max_length=8, default=Purpose.PAGE)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)


class StepRating(models.Model):
    """One rating per step, 1 to 5; bad ones count in that department's assessment."""

    step = models.OneToOneField("desk.Step", models.CASCADE, related_name="rating")
    score = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(5)])
    words = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()
    # The step's own: the ratings of a unit in a period are found without their steps.
    path = models.CharField(max_length=255, blank=True, db_default="", editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(score__gte=1, score__lte=5), name="rating_one_to_five")
        ]
        indexes = [models.Index(fields=["at"], name="rating_at", include=["path", "score"])]


class CustomerVerdict(models.Model):
    """What the customer says of a case that we called resolved: that it is, or that it is not. Append-only."""

    ticket = models.ForeignKey("desk.Ticket", models.CASCADE, related_name="verdicts")
    is_solved = models.BooleanField()
    words = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]


class EmbedOrigin(models.Model):
    """A website of a business customer that may show the progress of its own cases in a frame."""

    customer = models.ForeignKey("network.Customer", models.CASCADE, related_name="embed_origins")
    # `https://shop.example.com`, as the browser spells it.
    origin = models.CharField(max_length=200)
    by = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "origin"], name="embed_origin_once")]
