"""The simulated carrier in the database: built by the house's own verbs, labelled, replaced only by itself."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.db.models import Sum
from django.test import override_settings

from huhang.config.demo import build, living, welcome, wiping
from huhang.config.demo import plan as plans
from huhang.config.shell import demo_logins, is_simulated
from huhang.desk.actions.opening import Opening, open_ticket
from huhang.desk.models import Clock, ClockEvent, PortfolioMember, Seat, Ticket
from huhang.desk.rules.kinds import Kind
from huhang.journey.models import Hit, Segment, Waybill
from huhang.kit import facts
from huhang.metrics.models import Tally
from huhang.network.models import OrgUnit, Person

NOW = datetime(2026, 11, 20, 8, 20, tzinfo=UTC)  # 16:20 in Shanghai

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.xdist_group("demo")]


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker, tmp_path_factory):
    """A carrier that all scenes share: each takes back what it did, and the last one the carrier."""
    # Building empties the folder of the scan log: not the one that other tests use at this moment.
    folder = override_settings(VAR=tmp_path_factory.mktemp("var"))
    with folder, django_db_blocker.unblock(), transaction.atomic():
        facts.forget()
        yield _build()
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def forgetful():
    facts.forget()
    yield
    facts.forget()


class TestBeforeBuilding:
    """These come first: the database is still empty."""

    def test_refuses_a_database_with_real_data(self):
        OrgUnit.objects.create(code="HQ", name="真实公司", kind="hq", level=1, path="/HQ/")
        with pytest.raises(wiping.RealData):
            _build()
        assert OrgUnit.objects.get().name == "真实公司"

    def test_lets_nothing_live_that_is_not_simulated(self):
        with pytest.raises(living.NotSimulated):
            living.Living.awaken()


class TestBuild:
    def test_gives_every_room_its_month(self, built):
        assert Waybill.objects.count() == built.parcels > 100
        assert built.scans > 5 * built.parcels
        assert Hit.objects.filter(cleared_at__isnull=True).exists()
        assert {Kind.PREVENTION, Kind.URGE} <= set(Ticket.objects.values_list("kind", flat=True))
        assert Tally.objects.filter(measure="journey.delivery.started").exists()
        assert is_simulated()

    def test_leaves_clocks_as_the_workers_would(self, built):
        # Whatever was due has fired, at its own moment, and nothing has happened that is still to come.
        assert not Clock.objects.filter(next_at__lt=NOW - timedelta(seconds=1)).exists()
        assert not Ticket.objects.filter(opened_at__gt=NOW).exists()
        for event in ClockEvent.objects.all():
            assert timedelta() <= event.fired_at - event.due_at < timedelta(seconds=2)

    def test_seats_its_agents_and_shares_the_network_out(self, built):
        seats = Seat.objects.all()
        assert {seat.unit.code for seat in seats} == {"HQ-CS"}
        assert {seat.status for seat in seats.exclude(person__username="agent")} == {"available"}
        assert seats.get(person__username="agent").status == "offline"
        assert PortfolioMember.objects.count() > seats.count()

    def test_is_replaced_by_itself(self, built):
        first, again = built, _build()
        assert (first.parcels, first.scans, first.hits) == (again.parcels, again.scans, again.hits)
        assert first.tickets == again.tickets

    def test_lets_its_five_accounts_in_and_nobody_else(self, built):
        for login in demo_logins():
            assert Person.objects.get(username=login["username"]).check_password(login["password"])
        others = Person.objects.exclude(username__in=welcome.OFFERS)
        assert not any(person.has_usable_password() for person in others)

    def test_tells_a_visitor_where_to_begin(self, built, client):
        told = welcome.welcome()
        assert [login.username for login in told.logins] == list(welcome.OFFERS)
        for page in told.pages:
            assert client.get(page.path).status_code in {200, 302}
        assert any("/p/" in page.path for page in told.pages)


class TestLiving:
    def test_goes_on_where_the_building_ended(self, built):
        living.Living.awaken().step(NOW + timedelta(hours=18))
        assert built.scans < _scans()
        assert Waybill.objects.count() > built.parcels

    def test_the_same_moment_twice_changes_nothing(self, built):
        living.Living.awaken().step(NOW + timedelta(minutes=40))
        once = _scans()
        facts.put(
            welcome.LIVED_UNTIL, NOW.isoformat()
        )  # as if it had been killed before it could note the moment
        living.Living.awaken().step(NOW + timedelta(minutes=40))
        assert _scans() == once

    def test_answers_what_it_made_and_leaves_the_visitors_and_everybody_elses(self, built):
        parcels = Waybill.objects.exclude(dest__code=plans.WELCOME_OUTLET)
        unit = OrgUnit.objects.get(code="HZ-XH")
        no = parcels.values_list("no", flat=True)[0]
        foreign = Opening(Kind.INQUIRY, "别人开的", unit, "api", "1", waybill_no=no)
        theirs, _ = open_ticket(foreign, by=None, now=NOW)
        at_home = Ticket.objects.live().filter(at_unit__code=plans.WELCOME_OUTLET, owner=None)
        before = set(at_home.values_list("no", flat=True))
        carrier = living.Living.awaken()
        for minutes in (1, 20):
            carrier.step(NOW + timedelta(minutes=minutes))
        theirs.refresh_from_db()
        assert theirs.owner is None
        assert theirs.first_response_at is None
        assert before
        assert before <= set(at_home.values_list("no", flat=True))
        elsewhere = Ticket.objects.filter(source__in=living.OURS, opened_at__lt=NOW, first_response_at=None)
        assert not elsewhere.live().exclude(at_unit__code=plans.WELCOME_OUTLET).exists()


def _build():
    return build.build(days=4, per_day=40, now=NOW)


def _scans():
    return Segment.objects.filter(seq__gt=0).aggregate(sum=Sum("rows"))["sum"]
