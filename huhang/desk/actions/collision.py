"""Two people at one case: whoever writes second must have read what the first wrote."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from huhang.desk.models import Ticket
from huhang.kit.errors import Stale


@contextmanager
def unchanged_since(*, ticket_no: str, version: int | None) -> Iterator[None]:
    """Hold the case while a verb runs, and refuse (Stale) when it is no longer the version that was read."""
    with transaction.atomic():
        ticket = Ticket.objects.locked(no=ticket_no)
        if version is not None and ticket.version != version:
            raise Stale(ticket=ticket_no, version=ticket.version)
        yield
