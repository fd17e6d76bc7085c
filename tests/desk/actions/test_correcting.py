"""What a case was opened with is put right, found anew, and on record."""

from decimal import Decimal

import pytest
from django.urls import reverse

from huhang.desk.actions import claiming, correcting
from huhang.desk.actions.correcting import NeedsTitle
from huhang.desk.actions.living import TicketIsOver
from huhang.desk.actions.steps import NotTheOwner
from huhang.desk.models import Ticket
from huhang.desk.queries.finding import find
from huhang.desk.rules.kinds import EntryKind, State
from huhang.kit.models import AuditEntry
from tests.cast import NOON, Cast
from tests.desk.api.test_api import caller, post
from tests.desk.pages.test_pages import PART, get, signed_in, text
from tests.desk.scenes import a_ticket

pytestmark = pytest.mark.django_db
WRONG: dict[str, str | Decimal | None] = {
    "contact_phone": "13911112222",
    "waybill_no": "SX7730000000099",
    "value": Decimal("1999.50"),
}


@pytest.fixture
def mine(cast: Cast) -> Ticket:
    """Gao's own case."""
    return claiming.claim(ticket_no=a_ticket(cast).no, by=cast.gao, now=NOON)


def correct(ticket: Ticket, cast: Cast, **facts: str | Decimal | None) -> Ticket:
    return correcting.correct(
        ticket_no=ticket.no, facts=facts or WRONG, reason="听错了", by=cast.gao, now=NOON
    )


def test_is_found_by_what_is_right_and_no_longer_by_what_was_wrong(cast: Cast, mine: Ticket) -> None:
    before = mine.contact_phone
    assert find(cast.gao, before, now=NOON)
    correct(mine, cast)
    for term in ("13911112222", "2222", "SX7730000000099"):
        assert [hit["title"].split()[0] for hit in find(cast.gao, term, now=NOON)] == [mine.no]
    assert not find(cast.gao, before, now=NOON)


def test_the_record_holds_both_values_and_the_number_masked(cast: Cast, mine: Ticket) -> None:
    version = Ticket.objects.get().version
    correct(mine, cast)
    entry = AuditEntry.objects.get(verb="desk.ticket.corrected")
    before, after = entry.before or {}, entry.after or {}
    assert (before["value"], after["value"]) == ("", "1999.50")
    assert after["contact_phone"] == "139******22"
    assert mine.entries.filter(kind=EntryKind.EVENT, words__reason="听错了").count() == 3
    assert Ticket.objects.get().version == version + 1
    correct(mine, cast)  # the same again is nothing
    assert Ticket.objects.get().version == version + 1


def test_only_by_whoever_answers_for_a_case_that_lives(cast: Cast, mine: Ticket) -> None:
    with pytest.raises(NotTheOwner):
        correcting.correct(ticket_no=mine.no, facts=WRONG, reason="听错了", by=cast.qian, now=NOON)
    with pytest.raises(NeedsTitle):
        correct(mine, cast, title="")
    Ticket.objects.update(state=State.RESOLVED, resolved_at=NOON)
    with pytest.raises(TicketIsOver):
        correct(mine, cast)


def test_the_page_shows_no_number_and_leaves_alone_what_is_left_empty(cast: Cast, mine: Ticket) -> None:
    shown = text(get(cast.gao, "desk:correct", mine.no, **PART))
    assert 'placeholder="138******34"' in shown
    assert "13800001234" not in shown
    form = {"title": "更正后的标题", "waybill_no": "SX7730 0000 00099", "value": "88", "reason": "写错了"}
    answer = signed_in(cast.gao).post(reverse("desk:correct", args=[mine.no]), form, headers=PART)
    assert answer.status_code in (200, 204)
    assert f"/desk/t/{mine.no}/" in str(answer.headers)
    fresh = Ticket.objects.get()
    assert (fresh.title, fresh.waybill_no, fresh.value) == ("更正后的标题", "SX7730000000099", Decimal(88))
    assert fresh.contact_phone == "13800001234"
    late = signed_in(cast.gao).post(
        reverse("desk:correct", args=[mine.no]), form | {"title": "第三个", "version": "1"}, headers=PART
    )
    assert (late.status_code, late["HX-Retarget"]) == (409, "#stale-dialog")


def test_a_program_sets_only_what_it_names(cast: Cast, mine: Ticket) -> None:
    client = caller(cast.gao)
    answer = post(client, f"/tickets/{mine.no}/correct", {"contact_phone": "13911112222", "reason": "听错了"})
    assert answer.json()["contact"].endswith("139******22"), answer.content
    assert (answer.json()["title"], answer.json()["waybill"]) == (mine.title, mine.waybill_no)
    stale = {"title": "别的标题", "reason": "写错了", "version": 1}
    assert post(client, f"/tickets/{mine.no}/correct", stale).status_code == 409
