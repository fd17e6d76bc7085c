"""Whatever is sent, the answer is a refusal in words, never an internal error."""

import base64
import json
from typing import Any

import pytest

from tests.cast import Cast
from tests.desk.pages.test_pages import PART, signed_in
from tests.desk.scenes import a_ticket
from tests.factories.network import person

pytestmark = pytest.mark.django_db
NUL = "a\x00b"


@pytest.mark.parametrize(
    "address",
    [
        "/desk/?unit=%00",
        "/desk/?tab=%00",
        "/desk/t/%00/",
        "/desk/wall/?unit=%00",
        "/desk/tickets/?q=%00",
        "/desk/tickets/?unit=%00",
        "/desk/tickets/?owner=%00",
        "/desk/tickets/?page=99999999999999",
        "/desk/tickets/?page=-1",
        "/desk/tickets/?from=0001-01-01",
        "/desk/tickets/?to=9999-12-31T23:59:59%2B14:00",
        "/desk/tickets.csv?sort=nonsense&kind=,,",
        "/desk/open/?waybill=%00",
        "/p/%00",
    ],
)
def test_addresses(cast: Cast, address: str) -> None:
    a_ticket(cast)
    client = signed_in(cast.gao)
    client.raise_request_exception = False
    assert client.get(address).status_code < 500


@pytest.mark.parametrize(
    ("verb", "fields"),
    [
        ("answer", {"text": NUL}),
        ("note", {"text": NUL}),
        ("resolve", {"result": NUL}),
        ("hand_over", {"unit": NUL, "reason": "x"}),
        ("pause", {"reason": NUL}),
        ("answer", {"text": "x", "version": "9" * 40}),
        ("claim", {"colour": "red"}),
    ],
)
def test_forms(cast: Cast, verb: str, fields: dict[str, str]) -> None:
    ticket = a_ticket(cast)
    client = signed_in(cast.gao)
    client.raise_request_exception = False
    answer = client.post(f"/desk/t/{ticket.no}/{verb.replace('_', '-')}/", fields, headers=PART)
    assert 400 <= answer.status_code < 500
    assert answer["HX-Retarget"]


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "[1]",
        "null",
        json.dumps({"kind": "urge", "title": NUL, "unit": "SZ-WZ"}),
        json.dumps({"kind": "urge", "title": "\ud800", "unit": "SZ-WZ"}),
        json.dumps({"kind": "urge", "title": "催派", "unit": NUL}),
        json.dumps({"kind": "urge", "title": "催派", "unit": "SZ-WZ", "source_ref": NUL}),
    ],
)
def test_bodies(cast: Cast, body: str) -> None:
    answer = _api(cast).post("/api/v1/tickets", body, content_type="application/json")
    assert 400 <= answer.status_code < 500
    assert answer["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "place",
    [
        '["9999-12-31T23:59:59+00:00", 99999999999999999999999]',
        '["0001-01-01T00:00:00+14:00", 1]',
        "[1,2]",
        "{}",
        "x",
    ],
)
def test_cursors(cast: Cast, place: str) -> None:
    cursor = base64.urlsafe_b64encode(place.encode()).decode()
    assert _api(cast).get("/api/v1/tickets", {"cursor": cursor}).status_code < 500


def _api(cast: Cast) -> Any:
    from tests.desk.api.test_api import caller

    client = caller(cast.gao)
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize(
    "address", ["/desk/", "/desk/?tab=report", "/desk/wall/", "/desk/tickets/", "/desk/open/"]
)
def test_somebody_above_every_unit_sees_everything(cast: Cast, address: str) -> None:
    a_ticket(cast)
    root = person("root", is_superuser=True)
    assert signed_in(root).get(address).status_code == 200


@pytest.mark.parametrize(
    "address", ["/desk/", "/desk/wall/", "/desk/tickets/", "/desk/open/", "/desk/policies/"]
)
def test_somebody_without_a_role_is_refused(cast: Cast, address: str) -> None:
    assert signed_in(cast.nobody).get(address).status_code == 403
