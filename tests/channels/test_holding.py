"""A message that takes long to hand over stays with the worker that has it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now

from huhang.channels.actions import holding
from huhang.channels.models import Outgoing
from tests.cast import NOON, Cast, assemble
from tests.config.processes import wait_until
from tests.factories import channels as factory


@pytest.mark.django_db(transaction=True)
def test_its_lease_is_renewed_until_it_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    cast: Cast = assemble()
    message = factory.outgoing(cast.unit("SZ-WZ"), at=NOON)
    monkeypatch.setattr(holding, "RENEWED_EVERY", 0.01)
    due = Outgoing.objects.filter(pk=message.pk, next_at__lt=Now() + timedelta(minutes=1))
    with holding.held(message):
        assert due.exists()
        wait_until(lambda: not due.exists())
    Outgoing.objects.filter(pk=message.pk).update(state="sent", sent_at=NOON, next_at=None)
    with holding.held(message):  # whoever reported first has taken it out of the line: nothing puts it back
        connection.cursor().execute("SELECT pg_sleep(0.1)")
    message.refresh_from_db()
    assert message.next_at is None
