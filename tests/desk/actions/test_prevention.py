"""From what the watch found to somebody's desk, and off it again."""

from datetime import timedelta

import pytest

from huhang.desk.actions import claiming, prevention
from huhang.desk.models import Ticket
from huhang.desk.rules.kinds import EntryKind, Kind, State
from huhang.journey.models import Hit, WatchRule
from tests.cast import NOON, Cast

MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.django_db


def a_hit(cast: Cast, slug: str = "signed_without_out", waybill: str = "SX7730000000099") -> Hit:
    WatchRule.objects.filter(slug=slug).update(opens_ticket=True)
    rule = WatchRule.objects.get(slug=slug)
    unit = cast.unit("SZ-WZ")
    return Hit.objects.create(
        waybill_no=waybill, rule=rule, anchor_at=NOON - 60 * MINUTE, raised_at=NOON, found_at=NOON,
        link=rule.link, node=unit.code, unit=unit, path=unit.path, courier=cast.zhang,
    )  # fmt: skip


class TestOpening:
    def test_a_hit_becomes_a_case_addressed_to_the_courier_and_the_outlet(self, cast: Cast) -> None:
        hit = a_hit(cast)
        prevention.open_for_hits([hit.pk], now=NOON)
        case = Ticket.objects.get()
        assert (case.kind, case.courier, case.at_unit) == (Kind.PREVENTION, cast.zhang, cast.unit("SZ-WZ"))
        assert case.title == hit.rule.name_zh

    def test_telling_it_twice_opens_one_case(self, cast: Cast) -> None:
        hit = a_hit(cast)
        for _ in range(2):
            prevention.open_for_hits([hit.pk], now=NOON)
        assert Ticket.objects.count() == 1

    def test_a_second_hit_of_the_parcel_joins_the_open_case(self, cast: Cast) -> None:
        hits = [a_hit(cast), a_hit(cast, slug="signed_before_arrival")]
        prevention.open_for_hits([hit.pk for hit in hits], now=NOON)
        case = Ticket.objects.get()
        assert case.entries.filter(words={"rule": hits[1].rule.name_zh}).count() == 1

    def test_a_hit_that_is_cleared_already_opens_nothing(self, cast: Cast) -> None:
        hit = a_hit(cast)
        Hit.objects.update(cleared_at=NOON)
        prevention.open_for_hits([hit.pk], now=NOON)
        assert not Ticket.objects.exists()

    def test_history_that_was_brought_in_late_opens_nothing(self, cast: Cast) -> None:
        prevention.open_for_hits([a_hit(cast).pk], now=NOON + timedelta(days=8))
        assert not Ticket.objects.exists()

    def test_a_quiet_rule_opens_nothing(self, cast: Cast) -> None:
        hit = a_hit(cast)
        WatchRule.objects.update(opens_ticket=False)
        prevention.open_for_hits([hit.pk], now=NOON)
        assert not Ticket.objects.exists()


class TestClearing:
    def test_an_untouched_case_is_withdrawn(self, cast: Cast) -> None:
        hit = a_hit(cast)
        prevention.open_for_hits([hit.pk], now=NOON)
        Hit.objects.update(cleared_at=NOON + MINUTE)
        prevention.settle_cleared([hit.waybill_no], now=NOON + MINUTE)
        assert Ticket.objects.get().state == State.WITHDRAWN

    def test_whoever_claimed_it_is_told_and_keeps_it(self, cast: Cast) -> None:
        hit = a_hit(cast)
        prevention.open_for_hits([hit.pk], now=NOON)
        claiming.claim(ticket_no=Ticket.objects.get().no, by=cast.gao, now=NOON)
        Hit.objects.update(cleared_at=NOON + MINUTE)
        for _ in range(2):
            prevention.settle_cleared([hit.waybill_no], now=NOON + MINUTE)
        case = Ticket.objects.get()
        assert case.state == State.WORKING
        assert case.entries.filter(kind=EntryKind.EVENT, text__contains="解除").count() == 1

    def test_one_of_two_troubles_gone_changes_nothing(self, cast: Cast) -> None:
        hits = [a_hit(cast), a_hit(cast, slug="signed_before_arrival")]
        prevention.open_for_hits([hit.pk for hit in hits], now=NOON)
        Hit.objects.filter(pk=hits[0].pk).update(cleared_at=NOON)
        prevention.settle_cleared([hits[0].waybill_no], now=NOON)
        assert Ticket.objects.get().state == State.OPEN
