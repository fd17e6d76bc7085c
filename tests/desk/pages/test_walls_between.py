"""One test walks every route of the desk as the owner of the outlet next door: nothing of a foreign case comes out."""

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from huhang.desk import urls
from huhang.desk.models import ClockPolicy, StepTemplate, Ticket
from tests.cast import Cast
from tests.desk.pages.test_pages import PART, signed_in
from tests.desk.scenes import a_ticket

pytestmark = pytest.mark.django_db
SECRETS = ("杯子碎了", "王小明", "13800001234", "SX7730000000011", "包裹外箱破损")
FIELDS = {
    "answer": {"text": "x"},
    "note": {"text": "x"},
    "resolve": {"result": "x"},
    "hand_over": {"unit": "SZ-GS", "reason": "x"},
    "pause": {"reason": "x"},
    "contact": {"purpose": "contact"},
}


def routes() -> Iterator[tuple[str, bool]]:
    """Every named route of the desk, and whether it is about one case."""
    for pattern in urls.urlpatterns:
        assert isinstance(pattern, URLPattern)
        yield str(pattern.name), "<str:no>" in str(pattern.pattern)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(("name", "is_of_a_case"), list(routes()))
def test_tells_nothing_of_the_outlet_next_door(
    cast: Cast, name: str, is_of_a_case: bool, method: str
) -> None:
    ticket = a_ticket(cast)
    client = signed_in(cast.qian)
    address = reverse(f"desk:{name}", args=_arguments(name, ticket))
    answer = getattr(client, method)(address, FIELDS.get(name, {}), headers=PART)
    shown = answer.content.decode(errors="replace")
    assert not [words for words in (ticket.no, *SECRETS) if words in _without_address(shown, address)]
    if is_of_a_case:
        assert answer.status_code in (404, 405)
    assert Ticket.objects.get().version == ticket.version


@pytest.mark.parametrize(("name", "is_of_a_case"), list(routes()))
def test_asks_a_stranger_to_sign_in(cast: Cast, name: str, is_of_a_case: bool) -> None:
    address = reverse(f"desk:{name}", args=_arguments(name, a_ticket(cast)))
    answer = Client().get(address)
    assert answer.status_code in (302, 405)
    assert answer.status_code == 405 or answer["Location"].startswith("/login/")


def _arguments(name: str, ticket: Ticket) -> list[object]:
    if name == "policy":
        return [ClockPolicy.objects.values_list("pk", flat=True)[0]]
    if name == "template":
        return [StepTemplate.objects.values_list("pk", flat=True)[0]]
    pattern = next(p for p in urls.urlpatterns if p.name == name)
    return [ticket.no] if re.search("<str:no>", str(pattern.pattern)) else []


def _without_address(shown: str, address: str) -> str:
    """The address itself holds the number that was asked for."""
    return shown.replace(address, "")


def test_the_routes_are_those_of_the_site() -> None:
    assert get_resolver().resolve("/desk/").url_name == "window"
