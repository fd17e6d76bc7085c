"""Links lie end to end, tell what is missing, and name the one that lost time."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huhang.journey.rules import links
from huhang.journey.rules.codes import Code
from huhang.journey.rules.links import LinkStandard, Node, Plan, Standards, Usual
from huhang.journey.rules.status import Scan
from huhang.journey.rules.storm import Storm
from huhang.journey.rules.watch import Link

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
NODES = {
    "XH": Node("outlet", "/HQ/ZJ/HZ/XH/", "/HQ/ZJ/HZ/", "/HQ/ZJ/"),
    "HZ-HUB": Node("hub", "/HQ/ZJ/HZ/HZ-HUB/", "/HQ/ZJ/HZ/", "/HQ/ZJ/"),
    "NJ-HUB": Node("hub", "/HQ/JS/NJ/NJ-HUB/", "/HQ/JS/NJ/", "/HQ/JS/"),
    "SZ-HUB": Node("hub", "/HQ/JS/SZ/SZ-HUB/", "/HQ/JS/SZ/", "/HQ/JS/"),
    "WZ": Node("outlet", "/HQ/JS/SZ/WZ/", "/HQ/JS/SZ/", "/HQ/JS/"),
    "GS": Node("outlet", "/HQ/JS/SZ/GS/", "/HQ/JS/SZ/", "/HQ/JS/"),
}
PLAN = Plan("standard", "XH", "WZ", ("HZ-HUB", "SZ-HUB"))
WHOLE = (
    "ORDER_CREATED@XH 0; PICKED_UP@XH 2; DEPARTED@XH 8; ARRIVED@HZ-HUB 9; DEPARTED@HZ-HUB 12; ARRIVED@SZ-HUB 15;"
    "DEPARTED@SZ-HUB 18; ARRIVED@WZ 19; OUT_FOR_DELIVERY@WZ 21; SIGNED@WZ 24"
)


def scans(text: str) -> list[Scan]:
    """`CODE@NODE hours; …`"""
    found = []
    for word in text.split(";"):
        what, hours = word.split()
        code, _, node = what.partition("@")
        found.append(Scan(NOON + float(hours) * HOUR, Code[code], node=node))
    return found


def cut(text: str, plan: Plan = PLAN) -> list[str]:
    """Each link as `kind node>to from-until`, with what is missing."""
    told = []
    for leg in links.cut(scans(text), plan, NODES):
        end = f"{(leg.end - NOON) / HOUR:g}" if leg.end else ""
        where = f"{leg.node}>{leg.to}" if leg.to or leg.parts[-1].kind is Link.LINEHAUL else leg.node
        missing = "".join(f" no {m.code.name}@{m.node}" for m in leg.missing)
        told.append(f"{leg.kind} {where} {(leg.start - NOON) / HOUR:g}-{end}{missing}")
    return told


def test_a_whole_way_is_collection_hubs_rides_and_delivery():
    assert cut(WHOLE) == [
        "collection XH 0-8",
        "linehaul XH>HZ-HUB 8-9",
        "origin_hub HZ-HUB 9-12",
        "linehaul HZ-HUB>SZ-HUB 12-15",
        "destination_hub SZ-HUB 15-18",
        "linehaul SZ-HUB>WZ 18-19",
        "delivery WZ 19-24",
    ]


@pytest.mark.parametrize(
    ("way", "told", "why"),
    [
        ("PICKED_UP@XH 2", ["collection XH 2-"], "still there"),
        ("PICKED_UP@XH 2; DEPARTED@XH 3", ["collection XH 2-3", "linehaul XH>HZ-HUB 3-"], "the ride's end as planned"),
        ("ORDER_CREATED 0; PICKED_UP@XH 2", ["collection XH 2-"], "a shop's own order is not the carrier's time"),
        ("ORDER_CREATED@XH 0; PICKED_UP@GS 2", ["collection GS 2-"], "collected by another outlet"),
        (
            "PICKED_UP@XH 0; PICKED_UP@GS 1; DEPARTED@XH 2",
            ["collection XH 0-2", "linehaul XH>HZ-HUB 2-"],
            "a second pickup elsewhere is the same number on another parcel",
        ),
        (
            "ARRIVED@HZ-HUB 9; ARRIVED@SZ-HUB 15; DEPARTED@SZ-HUB 16",
            [
                "origin_hub HZ-HUB>SZ-HUB 9-15 no DEPARTED@HZ-HUB",
                "destination_hub SZ-HUB 15-16",
                "linehaul SZ-HUB>WZ 16-",
            ],
            "who did not scan the departure answers for hub and ride",
        ),
        (
            "DEPARTED@HZ-HUB 9; DEPARTED@SZ-HUB 16; ARRIVED@WZ 17",
            ["destination_hub HZ-HUB>SZ-HUB 9-16 no ARRIVED@SZ-HUB", "linehaul SZ-HUB>WZ 16-17", "delivery WZ 17-"],
            "who did not scan the arrival answers for ride and hub",
        ),
        (
            "DEPARTED@SZ-HUB 9; OUT_FOR_DELIVERY@WZ 16; SIGNED@WZ 18",
            ["delivery SZ-HUB>WZ 9-18 no ARRIVED@WZ"],
            "nobody knows when it came to the outlet",
        ),
        (
            "ARRIVED@HZ-HUB 1; SORTED@SZ-HUB 5; OUT_FOR_DELIVERY@WZ 9; SIGNED@WZ 11",
            [
                "origin_hub HZ-HUB>SZ-HUB 1-5 no DEPARTED@HZ-HUB",
                "destination_hub SZ-HUB>WZ 5-11 no DEPARTED@SZ-HUB no ARRIVED@WZ",
            ],
            "two missing: the first one's owner is named",
        ),
        ("ARRIVED@WZ 1; OUT_FOR_DELIVERY@WZ 2; AT_AGENT@BOX 3; SIGNED_AT_AGENT@BOX 9", ["delivery WZ 1-3"], "a locker"),
        ("ARRIVED@WZ 1; SIGNED@WZ 2; DELIVERY_FAILED@WZ 3", ["delivery WZ 1-"], "the sign-off was none"),
        ("ARRIVED@WZ 1; SIGNED@WZ 2; ARRIVED@WZ 3", ["delivery WZ 1-2"], "what comes after is nothing"),
        ("ARRIVED@WZ 1; RETURNING@WZ 2; DEPARTED@WZ 3; ARRIVED@SZ-HUB 9", ["delivery WZ 1-2"], "the way back"),
        (
            "ARRIVED@GS 1; DEPARTED@GS 3; ARRIVED@SZ-HUB 4; DEPARTED@SZ-HUB 6",
            ["delivery GS 1-3", "linehaul GS>SZ-HUB 3-4", "destination_hub SZ-HUB 4-6", "linehaul SZ-HUB>WZ 6-"],
            "a wrong outlet has its own link",
        ),
        ("DEPARTED@XH 3; ARRIVED@HZ-HUB 4", ["linehaul XH>HZ-HUB 3-4", "origin_hub HZ-HUB 4-"], "no pickup"),
        ("ARRIVED@SZ-HUB 4; DEPARTED@SZ-HUB 5; ARRIVED@SZ-HUB 9", ["destination_hub SZ-HUB 4-"], "it came back"),
        ("ARRIVED@WZ 1; CANCELLED@WZ 2; OTHER@WZ 3", ["delivery WZ 1-"], "what says nothing"),
    ],
)  # fmt: skip
def test_what_is_not_told_is_not_invented(way, told, why):
    assert cut(way) == told, why


def test_a_transit_hub_is_the_origins_where_place_does_not_tell():
    way = "ARRIVED@NJ-HUB 1; DEPARTED@NJ-HUB 2; ARRIVED@HZ-HUB 5"
    assert cut(way, Plan()) == [
        "origin_hub NJ-HUB 1-2",
        "linehaul NJ-HUB>HZ-HUB 2-5",
        "delivery HZ-HUB 5-",
    ] or cut(way, Plan())[2].startswith("destination_hub HZ-HUB")


WORDS = st.sampled_from([code.name for code in Code if code <= Code.CANCELLED])
WAYS = st.lists(
    st.builds(
        lambda code, node, hour: Scan(NOON + hour * HOUR, Code[code], node=node),
        WORDS, st.sampled_from(["", *NODES, "FAR"]), st.integers(0, 200),
    ),
    max_size=25,
)  # fmt: skip


@given(WAYS)
def test_links_lie_end_to_end_and_only_the_last_is_open(way):
    legs = links.cut(way, PLAN, NODES)
    for one, following in pairwise(legs):
        assert one.end == following.start
    assert all(leg.end is not None for leg in legs[:-1])
    assert all(leg.end is None or leg.start <= leg.end for leg in legs)


@given(WAYS, st.randoms())
def test_neither_order_nor_repeats_matter(way, dice):
    shuffled = [*way, *way]
    dice.shuffle(shuffled)
    assert links.cut(shuffled, PLAN, NODES) == links.cut(way, PLAN, NODES)


def standard(kind: Link = Link.DELIVERY, minutes: int = 240, **more: object) -> LinkStandard:
    return LinkStandard(kind=kind, minutes=minutes, **more)  # type: ignore[arg-type]


EVERYWHERE = [standard(kind, 240) for kind in Link]


def judged(way: str = WHOLE, standards=EVERYWHERE, usual=None, storms=(), now=NOON + 30 * HOUR):
    legs = links.cut(scans(way), PLAN, NODES)
    return links.judge(legs, Standards(standards), usual or {}, PLAN, NODES, now=now, storms=storms)


class TestStandard:
    def of(self, *standards: LinkStandard) -> int | None:
        found = links.standard_of(links.Part(Link.DELIVERY, "WZ"), Standards(standards), PLAN, NODES, NOON)
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
        found = links.standard_of(ride, Standards(lines), PLAN, NODES, NOON)
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
        found = links.verdict(judged())
        assert found is not None
        assert (found.judged.leg.kind, found.minutes, found.by_standard) == (Link.COLLECTION, 240, True)

    def test_without_a_late_one_names_what_is_far_from_usual(self):
        usual = {(Link.LINEHAUL, "HZ-HUB", "SZ-HUB"): Usual(50, 60, 80, 100)}
        found = links.verdict(judged(standards=[], usual=usual))
        assert found is not None
        assert (found.judged.leg.to, found.minutes, found.by_standard) == ("SZ-HUB", 120, False)

    def test_asks_nobody_about_a_few_minutes(self):
        usual = {(Link.LINEHAUL, "HZ-HUB", "SZ-HUB"): Usual(50, 172, 174, 176)}
        assert links.verdict(judged(standards=[], usual=usual)) is None

    def test_names_where_the_parcel_lies_before_it_is_rare(self):
        usual = {
            (Link.LINEHAUL, "HZ-HUB", "SZ-HUB"): Usual(50, 140, 160, 170),
            (Link.DELIVERY, "WZ", ""): Usual(50, 308, 900, 1400),
        }
        lies = WHOLE.partition("; OUT_FOR_DELIVERY")[0]
        found = links.verdict(judged(lies, standards=[], usual=usual, now=NOON + 39 * HOUR))
        assert found is not None
        assert (found.judged.leg.kind, found.minutes) == (Link.DELIVERY, 20 * 60 - 308)

    def test_says_nothing_where_all_is_well(self):
        assert links.verdict(judged(standards=[])) is None
        assert links.verdict(()) is None
