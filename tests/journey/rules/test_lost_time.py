"""Links are held against their standards and against what is usual, and the one that lost time is named."""

from huhang.journey.rules import links, lost_time
from huhang.journey.rules.lost_time import LinkStandard, Standards, Usual
from huhang.journey.rules.storm import Storm
from huhang.journey.rules.watch import Link
from tests.journey.rules.ways import HOUR, NODES, NOON, PLAN, WHOLE, scans


def standard(kind: Link = Link.DELIVERY, minutes: int = 240, **more: object) -> LinkStandard:
    return LinkStandard(kind=kind, minutes=minutes, **more)  # type: ignore[arg-type]


EVERYWHERE = [standard(kind, 240) for kind in Link]


def judged(way: str = WHOLE, standards=EVERYWHERE, usual=None, storms=(), now=NOON + 30 * HOUR):
    legs = links.cut(scans(way), PLAN, NODES)
    return lost_time.judge(legs, Standards(standards), usual or {}, PLAN, NODES, now=now, storms=storms)


class TestStandard:
    def of(self, *standards: LinkStandard) -> int | None:
        found = lost_time.standard_of(
            links.Part(Link.DELIVERY, "WZ"), Standards(standards), PLAN, NODES, NOON
        )
        return found.minutes if found else None

    def test_the_products_own_holds_before_one_for_all(self):
        assert (
            self.of(standard(minutes=1, origin="/HQ/JS/SZ/WZ/"), standard(minutes=2, product="standard")) == 2
        )

    def test_the_nearer_one_holds(self):
        assert (
            self.of(
                standard(minutes=1), standard(minutes=2, origin="/HQ/JS/"), standard(minutes=3, origin="/HQ/")
            )
            == 2
        )

    def test_the_one_for_these_hours_holds(self):
        assert (
            self.of(standard(minutes=1), standard(minutes=2, from_hour=12, to_hour=18)) == 2
        )  # noon in Shanghai
        assert self.of(standard(minutes=1), standard(minutes=2, from_hour=13)) == 1

    def test_those_of_others_do_not(self):
        others = [
            standard(product="heavy"),
            standard(origin="/HQ/ZJ/"),
            standard(Link.LINEHAUL),
            standard(to_hour=12),
        ]
        assert self.of(*others) is None

    def test_a_ride_is_looked_up_by_both_ends(self):
        ride = links.Part(Link.LINEHAUL, "HZ-HUB", "SZ-HUB")
        lines = [
            standard(Link.LINEHAUL, 1, origin="/HQ/ZJ/HZ/HZ-HUB/", destination="/HQ/JS/NJ/NJ-HUB/"),
            standard(Link.LINEHAUL, 2, origin="/HQ/ZJ/HZ/HZ-HUB/", destination="/HQ/JS/SZ/SZ-HUB/"),
        ]
        found = lost_time.standard_of(ride, Standards(lines), PLAN, NODES, NOON)
        assert found is not None
        assert found.minutes == 2


class TestJudge:
    def test_counts_minutes_beyond_the_standard(self):
        lost = {str(one.leg.kind): one.lost for one in judged() if one.is_late}
        assert lost == {"collection": 240, "delivery": 60}

    def test_an_open_link_is_late_once_its_time_is_over(self):
        way = "ARRIVED@WZ 10"
        assert [judged(way, now=NOON + hours * HOUR)[0].lost for hours in (13, 14, 16)] == [0, 0, 120]

    def test_a_joined_link_may_take_what_its_parts_may(self):
        (one,) = judged("DEPARTED@SZ-HUB 0; OUT_FOR_DELIVERY@WZ 3; SIGNED@WZ 10")
        assert (one.standard, one.lost) == (480, 120)

    def test_without_a_standard_nothing_is_late(self):
        assert not any(one.is_late for one in judged(standards=[]))

    def test_a_storm_moves_the_limit(self):
        storm = Storm(id=1, path="/HQ/JS/", starts_at=NOON, ends_at=NOON + 48 * HOUR, extra_minutes=600)
        assert [str(one.leg.kind) for one in judged(storms=[storm]) if one.is_late] == []


class TestVerdict:
    def test_names_the_link_that_lost_most(self):
        found = lost_time.verdict(judged())
        assert found is not None
        assert (found.judged.leg.kind, found.minutes, found.by_standard) == (Link.COLLECTION, 240, True)

    def test_without_a_late_one_names_what_is_far_from_usual(self):
        usual = {(Link.LINEHAUL, "HZ-HUB", "SZ-HUB"): Usual(50, 60, 80, 100)}
        found = lost_time.verdict(judged(standards=[], usual=usual))
        assert found is not None
        assert (found.judged.leg.to, found.minutes, found.by_standard) == ("SZ-HUB", 120, False)

    def test_asks_nobody_about_a_few_minutes(self):
        usual = {(Link.LINEHAUL, "HZ-HUB", "SZ-HUB"): Usual(50, 172, 174, 176)}
        assert lost_time.verdict(judged(standards=[], usual=usual)) is None

    def test_names_where_the_parcel_lies_before_it_is_rare(self):
        usual = {
            (Link.LINEHAUL, "HZ-HUB", "SZ-HUB"): Usual(50, 140, 160, 170),
            (Link.DELIVERY, "WZ", ""): Usual(50, 308, 900, 1400),
        }
        lies = WHOLE.partition("; OUT_FOR_DELIVERY")[0]
        found = lost_time.verdict(judged(lies, standards=[], usual=usual, now=NOON + 39 * HOUR))
        assert found is not None
        assert (found.judged.leg.kind, found.minutes) == (Link.DELIVERY, 20 * 60 - 308)

    def test_says_nothing_where_all_is_well(self):
        assert lost_time.verdict(judged(standards=[])) is None
        assert lost_time.verdict(()) is None
