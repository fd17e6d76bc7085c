"""Who wants to hear of a case without owing anything in it."""

from django.db import models


class Follower(models.Model):
    """Told when the customer writes, when a promise is broken, and when the case ends."""

    ticket = models.ForeignKey("desk.Ticket", models.CASCADE, related_name="followers")
    person = models.ForeignKey("network.Person", models.CASCADE, related_name="following")
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "person"], name="follower_once")]
