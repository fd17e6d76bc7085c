"""The simulated carrier in the database: built by the house's own verbs, labelled, replaced only by itself."""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from random import Random
from urllib.parse import urlsplit

import pytest
from django.db import transaction
from django.db.models import Count, F, Sum
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from huhang.channels.models import Attempt, Entrance, Notice, Outgoing, Webhook
from huhang.config.demo import build, living, welcome, wiping
from huhang.config.demo import plan as plans
from huhang.config.shell import demo_logins, is_simulated
from huhang.desk.actions.opening import Opening, open_ticket
from huhang.desk.models import (
    AssignmentDecision,
    Attachment,
    BulkRun,
    CaseLink,
    Clock,
    ClockEvent,
    ClockPause,
    CustomerVerdict,
    DepartmentVote,
    Draft,
    EmbedOrigin,
    Follower,
    Merge,
    PortfolioMember,
    SavedView,
    Seat,
    Step,
    StepRating,
    Ticket,
    TraceOrder,
)
from huhang.desk.queries import replaying
from huhang.desk.rules.kinds import OUR_OWN, Kind, Obligation, StepState
from huhang.journey.models import Hit, Segment, Waybill
from huhang.kit import facts, file_store
from huhang.metrics.models import Tally
from huhang.network.models import OrgUnit, Person
from huhang.quality.models import CallBack, Survey, Touch

NOW = datetime(2026, 11, 20, 8, 20, tzinfo=UTC)  # 16:20 in Shanghai

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.xdist_group("demo")]


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker, tmp_path_factory):
    """A carrier that all scenes share: each takes back what it did, and the last one the carrier."""
    # Building empties the folder of the scan log: not the one that other tests use at this moment.
    var = tmp_path_factory.mktemp("var")
    folder = override_settings(VAR=var, FILES=var / "files")
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

    def test_tells_a_visitor_where_to_begin(self, built, client, monkeypatch):
        monkeypatch.setattr(timezone, "now", lambda: NOW)  # its links do not last for ever
        told = welcome.welcome()
        assert [login.username for login in told.logins] == list(welcome.OFFERS)
        for page in told.pages:
            assert client.get(page.path).status_code in {200, 302}
        for part in ("/p/", "/c/", "/desk/talk/"):
            assert any(part in page.path for page in told.pages)


class TestDesk:
    """What the desk can do is there to be looked at."""

    def test_knows_of_its_cases_what_plans_and_policies_ask(self, built):
        cases = Ticket.objects.exclude(kind__in=OUR_OWN)
        assert not cases.exclude(source="split").filter(answers={}).exists()
        assert not cases.filter(product="").exists()
        assert set(cases.values_list("kind", flat=True)) == set(Kind) - set(OUR_OWN)
        assert {"contract", "retail"} <= set(cases.values_list("customer_class", flat=True))
        assert {"hotline", "wechat", "web", "regulator"} <= set(cases.values_list("entrance", flat=True))
        assert {"normal", "high", "urgent"} == set(cases.values_list("priority", flat=True))
        assert cases.filter(value__gt=1000).exists()
        assert cases.filter(language="en").exists()

    def test_has_lanes_side_by_side_parts_refusals_and_steps_in_other_provinces(self, built):
        owed = Step.objects.filter(state=StepState.OPEN)
        lanes = owed.filter(ticket__kind=Kind.CLAIM, parent=None).values("ticket").annotate(lanes=Count("pk"))
        assert lanes.filter(lanes=2).exists()
        parts = Step.objects.filter(parent__isnull=False).values_list("state", flat=True)
        assert set(parts) == {StepState.DONE, StepState.OPEN}
        assert Step.objects.filter(state=StepState.REFUSED).exclude(reason="").exists()
        handed = Step.objects.filter(state=StepState.HANDED_OVER, ticket__path__startswith="/HQ/JS/")
        assert handed.exclude(reason="").exists()
        assert owed.filter(ticket__path__startswith="/HQ/JS/", path__startswith="/HQ/ZJ/").exists()

    def test_lets_clocks_wait_run_out_and_come_near_the_law(self, built):
        running = ClockPause.objects.filter(ended_at=None, until_at__gt=NOW)
        assert running.exists()
        assert ClockPause.objects.filter(ended_at=F("until_at")).exists()
        law = Clock.objects.filter(obligation=Obligation.STATUTORY, stopped_at=None)
        assert law.filter(due_at__range=(NOW, NOW + timedelta(hours=8))).exists()
        assert Clock.objects.filter(obligation=Obligation.REGULATOR, stopped_at=None).exists()
        assert Clock.objects.filter(obligation=Obligation.NEXT_REPLY, stopped_at=None).exists()

    def test_replays_every_clock_to_what_is_stored(self, built):
        assert replaying.differing(list(Clock.objects.all()), now=NOW) == {}

    def test_hears_customers_out(self, built):
        assert Ticket.objects.live().filter(reopened_count=1).exists()
        assert {True, False} == set(CustomerVerdict.objects.values_list("is_solved", flat=True))
        assert StepRating.objects.filter(score__lte=2).exists()
        assert Attachment.objects.filter(is_public=True).exclude(small="").exists()
        for stored in Attachment.objects.exclude(stored="").values_list("stored", flat=True):
            assert file_store.read(stored)

    def test_lets_colleagues_work_together(self, built):
        assert Merge.objects.get().is_same_customer
        assert {"caused_by", "related", "split_from"} <= set(CaseLink.objects.values_list("kind", flat=True))
        assert Notice.objects.filter(kind="desk.mention").count() >= 2
        assert Follower.objects.count() >= 4
        left = Draft.objects.get()
        assert (left.ticket.owner, left.person) == (_person("agent"), _person("hq-cs-2"))
        outcomes = BulkRun.objects.get().items.values_list("state", flat=True)
        assert set(outcomes) == {"done", "failed"}
        assert SavedView.objects.exclude(path="").count() >= 3
        assert SavedView.objects.exclude(owner=None).exists()
        reasons = AssignmentDecision.objects.exclude(chosen=None).values_list("reason", flat=True)
        assert {"by_hand", "best"} <= set(reasons)

    def test_receives_whoever_comes(self, built, client):
        assert Entrance.objects.count() >= 37
        assert client.get("/c/web-home/").status_code == 200

    def test_asks_customers_and_calls_back_who_was_not_satisfied(self, built):
        answered = Survey.objects.filter(answered_at__isnull=False)
        assert 0 < answered.count() < Survey.objects.invited().count()
        assert CallBack.objects.filter(done_at__isnull=True).exists()
        assert not Survey.objects.unhappy().filter(settled_at__isnull=False, call_back=None).exists()
        assert Touch.objects.exists()

    def test_votes_on_departments_by_three_and_more(self, built):
        voices = DepartmentVote.objects.values("unit").annotate(voices=Count("by", distinct=True))
        assert voices.filter(voices__gte=3).exists()
        assert DepartmentVote.objects.count() >= 10

    def test_searches_for_one_parcel_and_has_found_another(self, built):
        searching = TraceOrder.objects.get(state="searching").searches
        assert searching.filter(answer="not_here").exists()
        assert searching.filter(acknowledged_at=None).exists()
        assert searching.exclude(answer="").get().step.attachments.count() == 2
        closed = TraceOrder.objects.get(state="closed")
        assert closed.recovered == closed.value
        assert closed.closed_at
        assert NOW - closed.closed_at < timedelta(days=1)

    def test_tells_nobody_outside(self, built):
        gone, listens = Webhook.objects.order_by("-url")  # example.org, example.com
        assert not gone.is_active and not listens.is_active
        assert {urlsplit(webhook.url).hostname for webhook in (gone, listens)} == {
            "example.org",
            "example.com",
        }
        assert set(listens.deliveries.values_list("state", flat=True)) == {"delivered", "failed"}
        assert set(gone.deliveries.values_list("state", flat=True)) <= {"failed"}
        assert Attempt.objects.exclude(status=204).exists()
        assert not Outgoing.objects.filter(
            next_at__isnull=False, queued_at__lt=NOW - timedelta(minutes=15)
        ).exists()

    def test_keeps_work_in_the_visitors_hands(self, built):
        owner, agent = _person("owner"), _person("agent")
        assert Ticket.objects.live().filter(owner=owner).count() >= 2
        assert DepartmentVote.objects.filter(by=agent).exists()
        assert EmbedOrigin.objects.exists()

    @pytest.mark.parametrize("username", ["manager", "province", "wx-hub-1", "owner"])
    def test_shows_something_at_every_level(self, built, client, username):
        client.force_login(_person(username))
        for name in ("desk:window", "desk:wall", "desk:departments", "desk:tickets", "metrics:board"):
            assert client.get(reverse(name)).status_code == HTTPStatus.OK, name


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
        carrier.dice = Random(7)  # how long people take is drawn
        for minutes in (1, 20):
            carrier.step(NOW + timedelta(minutes=minutes))
        theirs.refresh_from_db()
        assert theirs.owner is None
        assert theirs.first_response_at is None
        assert before
        assert before <= set(at_home.values_list("no", flat=True))
        elsewhere = Ticket.objects.filter(source__in=living.OURS, opened_at__lt=NOW, first_response_at=None)
        assert not elsewhere.live().exclude(at_unit__code=plans.WELCOME_OUTLET).exists()


def _person(username):
    return Person.objects.get(username=username)


def _build():
    return build.build(days=4, per_day=40, now=NOW)


def _scans():
    return Segment.objects.filter(seq__gt=0).aggregate(sum=Sum("rows"))["sum"]
