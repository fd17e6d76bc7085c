"""Calls over the API: what the page shows, and recordings by reference, on record, to whoever supervises the line."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from huhang.channels.models import Account, Call
from huhang.kit.models import AuditEntry
from huhang.network.actions.people import issue_token
from huhang.network.models import Person
from tests.cast import NOON, Cast
from tests.factories import calls as made

pytestmark = pytest.mark.django_db
WHERE = "recordings/2026/11/22/a-1.wav"
SPAN = "since=2026-11-01T00:00:00Z&until=2026-12-01T00:00:00Z"


@pytest.fixture
def switch(cast: Cast) -> Account:
    return made.switch(cast.unit("HQ"))


def call(switch: Account, cast: Cast, outcome: str, wait: int, **facts: Any) -> Call:
    """A call that is over."""
    end = NOON + timedelta(seconds=wait)
    answered = {"answered_at": end, "talk": timedelta(minutes=2)} if outcome == "answered" else {}
    return made.waiting(
        switch, at=NOON, path=cast.unit("HQ-CS").path, phase="over", outcome=outcome, left_at=end, ended_at=end,
        wait=timedelta(seconds=wait), number="13812345678", **(answered | facts),
    )  # fmt: skip


def ask(person: Person, path: str) -> Any:
    token = issue_token(username=person.username, name=path[:40], days=1, by=None, now=timezone.now())
    return Client().get(f"/api/v1{path}", headers={"Authorization": f"Bearer {token}"})


def look(person: Person, call_id: int, **facts: str) -> Any:
    token = issue_token(username=person.username, name=f"r{call_id}", days=1, by=None, now=timezone.now())
    return Client().post(
        f"/api/v1/calls/{call_id}/recordings", facts, content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )  # fmt: skip


def test_are_listed_masked_with_their_figures(switch: Account, cast: Cast) -> None:
    for outcome, wait in (("answered", 10), ("answered", 40), ("abandoned", 30), ("abandoned", 10)):
        call(switch, cast, outcome, wait)
    rows = ask(cast.hua, "/calls?limit=3").json()
    assert (len(rows["items"]), rows["next"] is not None) == (3, True)
    assert {row["number"] for row in rows["items"]} == {"138******78"}
    told = ask(cast.hua, f"/calls/figures?{SPAN}").json()
    assert (told["offered"], told["answered"], told["abandoned"]) == (4, 2, 2)
    assert told["connection_rate"] == told["abandonment"] == 0.5
    assert told["service_level"] == {"f1": 0.5, "f2": 0.5, "f3": 0.25, "f4": pytest.approx(1 / 3)}
    assert told["speed_of_answer"] == 25


@pytest.mark.parametrize("span", ["since=2026-12-01T00:00:00Z&until=2026-11-01T00:00:00Z", "since=x&until=y"])
def test_a_time_must_be_one(cast: Cast, span: str) -> None:
    assert ask(cast.hua, f"/calls/figures?{span}").status_code == 422


def test_recordings_are_told_of_on_record_to_whoever_supervises(
    switch: Account, cast: Cast, client: Client
) -> None:
    row = call(switch, cast, "answered", 5, recordings=[WHERE])
    assert look(cast.lin, row.pk, purpose="claim").status_code in (403, 404)
    assert look(cast.hua, row.pk).status_code == 422
    assert look(cast.hua, row.pk, purpose="other").status_code == 422
    assert not AuditEntry.objects.filter(subject=f"call:{row.pk}").exists()
    assert look(cast.hua, row.pk, purpose="claim").json() == {"recordings": [WHERE]}
    client.force_login(cast.hua)
    page = f"/channels/calls/{row.pk}/recordings/"
    assert WHERE not in client.get(page).content.decode()
    assert WHERE in client.post(page, {"purpose": "verify"}).content.decode()
    assert AuditEntry.objects.filter(subject=f"call:{row.pk}", verb="kit.reveal").count() == 2
    silent = call(switch, cast, "answered", 5)
    assert look(cast.hua, silent.pk, purpose="claim").status_code == 404


def test_strangers_see_no_call(switch: Account, cast: Cast) -> None:
    row = call(switch, cast, "answered", 5, recordings=[WHERE])
    assert ask(cast.qian, "/calls").status_code == 403 or ask(cast.qian, "/calls").json()["items"] == []
    assert look(cast.qian, row.pk, purpose="claim").status_code in (403, 404)
