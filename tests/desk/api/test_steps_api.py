"""Departments' steps and a plan's questions over the API."""

import pytest

from huhang.desk.models import Ticket
from huhang.desk.rules.kinds import Kind
from tests.cast import Cast
from tests.desk.api.test_api import URGE, caller, post
from tests.desk.scenes import a_ticket

pytestmark = pytest.mark.django_db
CLAIM = URGE | {"kind": "claim", "title": "外箱破损"}


def test_a_named_step_is_finished(cast: Cast) -> None:
    ticket = a_ticket(cast, Kind.CLAIM)
    hub = ticket.steps.get(unit__code="SZ-HUB")
    body = {"result": "交接完好", "step": hub.pk}
    client = caller(cast.lin)
    answer = post(client, f"/tickets/{ticket.no}/resolve", body)
    states = [(step["unit"]["code"], step["state"]) for step in answer.json()["steps"]]
    assert states[:2] == [("SZ-WZ", "open"), ("SZ-HUB", "done")]
    again = post(client, f"/tickets/{ticket.no}/resolve", body)
    assert (again.status_code, again.json()["code"]) == (409, "step_is_over")


@pytest.mark.parametrize(
    ("verb", "body"),
    [("resolve", {"result": "好"}), ("hand_over", {"unit": "SZ-HUB", "reason": "在分拨"})],
)
def test_a_step_of_another_case_is_not_found(cast: Cast, verb: str, body: dict[str, str]) -> None:
    ticket, other = a_ticket(cast), a_ticket(cast)
    foreign = other.steps.all()[0]
    answer = post(caller(cast.lin), f"/tickets/{ticket.no}/{verb}", {**body, "step": foreign.pk})
    assert answer.status_code == 404


def test_a_claim_must_say_what_is_damaged(cast: Cast) -> None:
    answer = post(caller(cast.gao), "/tickets", CLAIM)
    assert (answer.status_code, answer.json()["code"]) == (422, "answers_missing")
    assert [error["field"] for error in answer.json()["errors"]] == ["answers.damaged", "answers.value"]
    assert not Ticket.objects.exists()


def test_answers_are_kept(cast: Cast) -> None:
    given = {"damaged": "玻璃杯", "value": "200"}
    assert post(caller(cast.gao), "/tickets", CLAIM | {"answers": given}).status_code == 201
    assert Ticket.objects.get().answers == given


def test_what_the_plan_does_not_ask_is_refused(cast: Cast) -> None:
    answer = post(caller(cast.gao), "/tickets", URGE | {"answers": {"colour": "红"}})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "answers.colour")
