"""Forecasts: never in the past, wider where less is known, and on real orders as right as they say."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import eta as bench
from huhang.journey.rules import eta
from huhang.journey.rules.codes import Code
from huhang.journey.rules.eta import CONFIDENCE, DAY, FEWEST, RANKS, Experience, Forecast, Milestone, Passed
from huhang.journey.rules.links import Node, Plan
from huhang.journey.rules.spread import BINS, EDGES, Spread, bin_of
from huhang.journey.rules.status import Scan
from huhang.journey.rules.storm import Storm
from tests.data import shared

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
OUT = Passed(Milestone.OUT, NOON)
NODES = {
    "WZ": Node("outlet", "/HQ/JS/SZ/WZ/", "/HQ/JS/SZ/", "/HQ/JS/"),
    "SZ-HUB": Node("hub", "/HQ/JS/SZ/SZ-HUB/", "/HQ/JS/SZ/", "/HQ/JS/"),
    "XH": Node("outlet", "/HQ/ZJ/HZ/XH/", "/HQ/ZJ/HZ/", "/HQ/ZJ/"),
    "HZ-HUB": Node("hub", "/HQ/ZJ/HZ/HZ-HUB/", "/HQ/ZJ/HZ/", "/HQ/ZJ/"),
}
PLAN = Plan("standard", "XH", "WZ", ("HZ-HUB", "SZ-HUB"))

lengths = st.floats(0, 40 * DAY)
counts = st.dictionaries(st.integers(0, BINS - 1), st.integers(1, 50), min_size=1, max_size=20)
ranks: st.SearchStrategy[list[int]] = st.lists(st.integers(0, 200), min_size=RANKS, max_size=RANKS) | st.just(
    []
)


def of_hours(*hours: float, times: int = 10) -> Spread:
    """So many parcels took each of these."""
    found: dict[int, float] = {}
    for hour in hours:
        found[bin_of(60 * hour)] = found.get(bin_of(60 * hour), 0) + times
    return Spread.of(found)


def ask(*spreads: Spread, at: Passed = OUT, after: timedelta = timedelta(), **more: object) -> Forecast:
    return eta.forecast(at, spreads, (), unit=DAY, now=at.at + after, **more)  # type: ignore[arg-type]


def width(forecast: Forecast) -> timedelta:
    assert forecast.earliest is not None and forecast.latest is not None
    return forecast.latest - forecast.earliest


class TestSpread:
    @given(counts, st.floats(0, 1))
    def test_a_quantile_and_its_share_undo_each_other(self, held, share):
        spread = Spread.of(held)
        length = spread.quantile(share)
        assert length is not None
        assert spread.share_within(length) == pytest.approx(share, abs=1e-6)

    @given(counts, lengths, lengths)
    def test_a_longer_time_is_kept_by_no_fewer(self, held, one, other):
        spread = Spread.of(held)
        assert spread.share_within(min(one, other)) <= spread.share_within(max(one, other)) + 1e-9

    @given(lengths)
    def test_a_length_lies_within_its_bin(self, minutes):
        place = bin_of(minutes)
        assert EDGES[place] <= minutes + 1e-6
        assert minutes <= EDGES[place + 1] + 1e-6 or place == BINS - 1

    def test_days_add_up(self):
        both = Spread.sum([({1: 4}, 1), ({1: 4, 2: 2}, 0.5)])
        assert both.n == 7
        assert both.weights[1] == 6


class TestForecast:
    @given(counts, counts, ranks, st.integers(0, 60 * 24 * 40))
    def test_is_in_order_and_never_in_the_past(self, wide, near, came, minutes):
        now = NOON + timedelta(minutes=minutes)
        told = eta.forecast(OUT, [Spread.of(wide), Spread.of(near)], came, unit=DAY, now=now)
        if told.is_interval:
            assert told.earliest is not None and told.likely is not None and told.latest is not None
            assert now <= told.earliest <= told.likely <= told.latest

    @given(counts, st.integers(2, 50))
    def test_is_wider_when_less_is_known(self, held, times):
        some = Spread.of({place: n + FEWEST for place, n in held.items()})
        many = Spread.of({place: times * (n + FEWEST) for place, n in held.items()})
        assert width(ask(some)) >= width(ask(many)) - timedelta(minutes=1)

    def test_of_nothing_knows_only_the_standard(self):
        assert ask(Spread.of({})) == Forecast()
        told = ask(Spread.of({}), standard=NOON + HOUR)
        assert (told.likely, told.is_interval, told.basis) == (NOON + HOUR, False, eta.STANDARD)

    def test_past_the_standard_alone_says_that_it_does_not_know(self):
        assert ask(Spread.of({}), after=2 * HOUR, standard=NOON + HOUR).is_beyond

    def test_a_route_with_many_parcels_speaks_for_itself(self):
        slow, quick = of_hours(48, times=1000), of_hours(6, times=1000)
        likely = ask(slow, quick).likely
        assert likely is not None
        assert likely < NOON + 8 * HOUR

    def test_a_route_with_few_leans_on_the_network(self):
        slow, quick = of_hours(48, times=1000), of_hours(6, times=2)
        likely = ask(slow, quick).likely
        assert likely is not None
        assert likely > NOON + 40 * HOUR

    def test_waiting_moves_it_on(self):
        known = of_hours(4, 6, 8, 30, 33, times=100)
        early, late = ask(known), ask(known, after=12 * HOUR)
        assert early.likely is not None and late.earliest is not None
        assert early.likely < NOON + 12 * HOUR < late.earliest

    def test_later_than_all_that_is_known_gives_no_interval(self):
        told = ask(of_hours(4, 6, 8, times=100), after=30 * HOUR)
        assert told.is_beyond
        assert not told.is_interval

    def test_a_storm_adds_its_time(self):
        storm = Storm(id=1, path="/HQ/JS/", starts_at=NOON, ends_at=NOON + 48 * HOUR, extra_minutes=600)
        known = of_hours(5, 6, 7, times=100)
        calm, rough = ask(known), ask(known, storms=[storm])
        assert calm.latest is not None
        assert rough.latest == calm.latest + 10 * HOUR
        assert rough.earliest == calm.earliest
        assert rough.storm is storm

    def test_says_on_what_it_rests(self):
        many, none = of_hours(5, times=100), Spread.of({})
        bases = [
            ask(*known).basis for known in ((many, many, many), (many, many, many, none), (many, none, none))
        ]
        assert bases == [eta.ROUTE, eta.AREA, eta.NETWORK]


class TestExperience:
    @given(ranks, st.floats(0, 1))
    def test_goes_there_and_back(self, came, share):
        experience = Experience.of(came)
        assert experience.true_share(experience.expected_share(share)) == pytest.approx(share, abs=1e-9)

    def test_widens_where_deliveries_fell_outside(self):
        calm = Experience.of([])
        wild = Experience.of([500] + [0] * (RANKS - 2) + [500])
        assert wild.expected_share(0.9) > calm.expected_share(0.9)
        assert wild.expected_share(0.1) < calm.expected_share(0.1)


class TestMilestones:
    WAY = (
        (Code.ORDER_CREATED, "", None),
        (Code.PICKED_UP, "XH", Milestone.PICKED_UP),
        (Code.DEPARTED, "XH", Milestone.LEFT_ORIGIN),
        (Code.ARRIVED, "HZ-HUB", None),
        (Code.DEPARTED, "HZ-HUB", Milestone.LEFT_HUB),
        (Code.ARRIVED, "SZ-HUB", Milestone.AT_HUB),
        (Code.DEPARTED, "SZ-HUB", Milestone.LEFT_HUB),
        (Code.ARRIVED, "WZ", Milestone.AT_OUTLET),
        (Code.OUT_FOR_DELIVERY, "WZ", Milestone.OUT),
        (Code.DELIVERY_FAILED, "WZ", Milestone.TRIED),
        (Code.OUT_FOR_DELIVERY, "WZ", Milestone.OUT),
    )

    def scans(self) -> list[Scan]:
        return [Scan(NOON + place * HOUR, code, node=node) for place, (code, node, _) in enumerate(self.WAY)]

    def test_follow_the_parcel(self):
        passed, handed_over = eta.passed(self.scans(), PLAN, NODES)
        wanted = [Milestone.ORDERED, *(milestone for *_, milestone in self.WAY if milestone)]
        assert [one.milestone for one in passed] == wanted
        assert handed_over is None

    @pytest.mark.parametrize("code", [Code.SIGNED, Code.SIGNED_BY_PROXY, Code.AT_AGENT])
    def test_end_when_it_is_handed_over(self, code):
        at = NOON + 20 * HOUR
        _, handed_over = eta.passed([*self.scans(), Scan(at, code, node="WZ")], PLAN, NODES)
        assert handed_over == at

    def test_of_what_goes_back_there_are_none(self):
        assert eta.passed(
            [*self.scans(), Scan(NOON + 20 * HOUR, Code.RETURNING, node="WZ")], PLAN, NODES
        ) == ([], None)

    def test_the_last_mile_is_counted_by_its_end_alone(self):
        keys = eta.keys(OUT, PLAN, NODES)
        assert {key.origin for key in keys} == {""}
        assert keys[-1].dest == "/HQ/JS/SZ/WZ/"

    def test_circles_narrow(self):
        keys = eta.keys(Passed(Milestone.PICKED_UP, NOON), PLAN, NODES)
        assert keys[0] == eta.Key()
        assert (keys[-1].origin, keys[-1].dest, keys[-1].product) == ("/HQ/ZJ/HZ/", "/HQ/JS/SZ/", "standard")


@pytest.fixture(scope="module")
def told():
    """Real orders, walked forward in time: what a forecast knows was delivered on days before."""
    return bench.walk(bench.read(shared("olist_orders")))


@pytest.mark.shared_data
class TestRealOrders:
    @pytest.mark.parametrize("moment", bench.MOMENTS)
    def test_intervals_hold_as_often_as_they_say(self, told, moment):
        spans = [one for one in told[moment] if one.forecast.is_interval]
        assert abs(bench.share_inside(spans) - CONFIDENCE) <= 0.05

    @pytest.mark.parametrize("moment", bench.MOMENTS)
    def test_are_nearer_than_the_plain_standard(self, told, moment):
        spans = [one for one in told[moment] if one.forecast.is_interval]
        assert sum(one.off for one in spans) < 0.6 * sum(one.standard_off for one in spans)

    def test_hold_everywhere(self, told):
        for state, inside in bench.by_state([one for one in told["picked up"] if one.forecast.is_interval]):
            assert inside > 0.6, state

    def test_nearly_every_parcel_gets_one(self, told):
        for moment, asked in told.items():
            assert sum(one.forecast.is_interval for one in asked) > 0.99 * len(asked), moment
