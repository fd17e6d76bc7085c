"""One test walks every route of the desk as the owner of the outlet next door: nothing of a foreign case comes out."""

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from huhang.desk import urls
from huhang.desk.models import ClockPolicy, StepTemplate, Ticket
from huhang.kit.doors import PUBLIC
from huhang.network.models import Person
from huhang.network.rules.roles import EVERY_PERMISSION
from tests.cast import NOON, Cast
from tests.desk.pages.test_pages import PART, signed_in
from tests.desk.scenes import a_ticket
from tests.factories import desk as factory

pytestmark = pytest.mark.django_db
SECRETS = ("杯子碎了", "王小明", "13800001234", "SX7730000000011", "包裹外箱破损")
# Pages about something of one person's own: nobody else learns that it exists.
OWN_THINGS = (
    "view_edit",
    "view_change",
    "view_rename",
    "view_move",
    "view_remove",
    "bulk_run",
    "bulk_undo",
    "bulk_failures",
)
FIELDS = {
    "view_rename": {"name": "x"},
    "view_move": {"step": "1"},
    "answer": {"text": "x"},
    "note": {"text": "x"},
    "resolve": {"result": "x"},
    "hand_over": {"unit": "SZ-GS", "reason": "x"},
    "pause": {"reason": "x"},
    "contact": {"purpose": "contact"},
    "call_off": {"reason": "x"},
    "correct": {"title": "xx", "reason": "xx"},
    "reclassify": {"kind": "urge", "reason": "xx"},
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
    permission = _permission(name)
    if permission in EVERY_PERMISSION and not cast.qian.may(permission):
        assert answer.status_code in (403, 405)  # says no to everybody like them, whatever the case
    elif is_of_a_case or name in OWN_THINGS or permission == PUBLIC:
        assert answer.status_code in (404, 405)
    assert Ticket.objects.get().version == ticket.version


@pytest.mark.parametrize(("name", "is_of_a_case"), list(routes()))
def test_asks_a_stranger_to_sign_in(cast: Cast, name: str, is_of_a_case: bool) -> None:
    address = reverse(f"desk:{name}", args=_arguments(name, a_ticket(cast)))
    answer = Client().get(address)
    if _permission(name) == PUBLIC:
        assert answer.status_code in (404, 405)  # behind a secret address that nobody has made
        return
    assert answer.status_code in (302, 405)
    assert answer.status_code == 405 or answer["Location"].startswith("/login/")


def _permission(name: str) -> str:
    """What a route asks for."""
    view = next(p.callback for p in urls.urlpatterns if p.name == name)
    return str(view.permission)  # type: ignore[attr-defined]


def _arguments(name: str, ticket: Ticket) -> list[object]:
    pattern = next(p for p in urls.urlpatterns if p.name == name)
    return [_foreign(key, ticket) for key in re.findall(r"<\w+:(\w+)>", str(pattern.pattern))]


def _foreign(key: str, ticket: Ticket) -> object:
    """Something that exists and is not the neighbour's business; of other tables there is no such row."""
    gao = Person.objects.get(username="gao")
    if key == "view_id":
        return factory.saved_view(gao, name=SECRETS[0], query="").pk
    if key == "run_id":
        run = factory.bulk_run(gao, now=NOON, state="done", finished_at=NOON, total=1)
        factory.bulk_item(run, ticket, state="failed", reason=SECRETS[0])
        return run.pk
    known = {
        "no": ticket.no,
        "policy_id": ClockPolicy.objects.values_list("pk", flat=True)[0],
        "template_id": StepTemplate.objects.values_list("pk", flat=True)[0],
    }
    return known.get(key, 1)


def _without_address(shown: str, address: str) -> str:
    """The address itself holds the number that was asked for."""
    return shown.replace(address, "")


def test_the_routes_are_those_of_the_site() -> None:
    assert get_resolver().resolve("/desk/").url_name == "window"
