"""Who else looks at a case now."""

from django.db import models


class Presence(models.Model):
    """Somebody has the case open; believed for half a minute after the last sign of life."""

    ticket = models.ForeignKey("desk.Ticket", models.CASCADE, related_name="present")
    person = models.ForeignKey("network.Person", models.CASCADE, related_name="+")
    seen_at = models.DateTimeField(db_index=True)
    is_typing = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "person"], name="presence_once")]
