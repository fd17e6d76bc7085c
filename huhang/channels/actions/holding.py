"""A message in somebody's hands: its lease is renewed for as long as that takes.

Twenty megabytes over a slow line take longer than any lease that one would want to wait for when a worker has died.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import DatabaseError, connection
from django.db.models.functions import Now

from huhang.channels.models import Outgoing
from huhang.channels.rules.outgoing import LEASE, State

RENEWED_EVERY = LEASE.total_seconds() / 4
# Nobody hands one message over for longer: then somebody else may try.
LONGEST_HOLD = 60 * 60.0


@contextmanager
def held(message: Outgoing) -> Iterator[None]:
    """No other worker takes this message while this one hands it over."""
    done = threading.Event()
    keeper = threading.Thread(target=_renew, args=[message.pk, done], name="holding", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        done.set()
        keeper.join()


def _renew(pk: int, done: threading.Event) -> None:
    try:
        for _ in range(int(LONGEST_HOLD / RENEWED_EVERY)):
            if done.wait(RENEWED_EVERY):
                return
            # A database that is away for a moment: the next time is soon enough.
            with suppress(DatabaseError):
                Outgoing.objects.filter(pk=pk, state=State.QUEUED, next_at__isnull=False).update(
                    next_at=Now() + LEASE
                )
    finally:
        connection.close()
