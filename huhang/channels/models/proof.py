"""Phones that somebody says are theirs: a code goes there, and who tells it back has proven it."""

from django.db import models

from huhang.channels.models.conversation import Address
from huhang.network.models import Person


class PhoneProof(models.Model):
    """One code, asked for at one address; of the code the table knows a hash."""

    address = models.ForeignKey(Address, models.CASCADE, related_name="proofs")
    number = models.CharField(max_length=32)
    code_hash = models.CharField(max_length=64)
    asked_at = models.DateTimeField()
    # The agent who asked for it; none where the customer did.
    by = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    proven_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["address", "-asked_at"], name="phone_proof_of_address"),
            models.Index(fields=["number", "-asked_at"], name="phone_proof_of_number"),
        ]

    def __str__(self) -> str:
        return self.number[-4:]
