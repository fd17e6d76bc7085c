"""What the commands of this house share."""

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """A word of the `huhang` command.

    Django's checks look at our code, not at this installation: they are the work of `make check`. At each start they
    would load every page and the whole API, which takes longer than everything else that a start does.
    """

    requires_system_checks = ()
