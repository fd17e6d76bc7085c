"""What rooms below announce is heard; and of two workers at one moment only one asks."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from huhang.channels.actions import talking
from huhang.channels.rules.conversation import ClosedBecause
from huhang.desk.actions import customers, tickets
from huhang.desk.models import Ticket
from huhang.kit import jobs
from huhang.quality.actions import touching
from huhang.quality.models import Survey, Touch
from tests.cast import Cast
from tests.desk.scenes import a_ticket
from tests.factories import channels, desk
from tests.factories import quality as make


@pytest.mark.django_db
def test_every_end_is_heard(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, dict[str, object]]] = []

    def hear() -> None:
        """As workers do, once all is committed."""
        while told:
            name, facts = told.pop(0)
            if name.startswith("quality."):
                jobs.registry[name](**facts)

    now = timezone.now()
    ticket = a_ticket(cast)
    talk = channels.conversation(channels.entrance(cast.unit("SZ-WZ")), at=now)
    talking.customer_says(talk.no, text="在吗", key="k", now=now)
    monkeypatch.setattr(jobs, "enqueue", lambda name, **facts: told.append((name, facts)))
    talking.close(talk.no, because=ClosedBecause.SILENT, by=None, now=now)
    while ticket.is_live:
        ticket = tickets.resolve(ticket_no=ticket.no, result="已赔付", by=cast.hua, now=now)
    hear()
    assert set(Touch.objects.values_list("sort", flat=True)) == {"talk", "case"}
    # And so is what the customer says of the case on its page.
    Survey.objects.update(send_at=None, invited_at=now)
    customers.confirm(ticket=ticket, now=timezone.now())
    hear()
    assert Survey.objects.get().is_solved is True


@pytest.mark.django_db(transaction=True)
def test_two_workers_ask_one_person_once(cast: Cast) -> None:
    now = timezone.now()
    make.survey_terms()
    over = {"state": "resolved", "resolved_at": now, "contact_phone": "13800001234"}
    ids = [desk.ticket(cast.unit("SZ-WZ"), now=now - timedelta(hours=1), **over).pk for _ in range(4)]
    start = Barrier(len(ids))

    def hear(ticket_id: int) -> None:
        start.wait()
        try:
            touching.case_ended(ticket_id, now=now)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(ids)) as workers:
        list(workers.map(hear, ids))
    assert (Touch.objects.count(), Survey.objects.count()) == (4, 1)
    assert Ticket.objects.filter(touches__survey=Survey.objects.get()).count() == 4
