"""Links lie end to end and tell what is missing."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huhang.journey.rules import links
from huhang.journey.rules.codes import Code
from huhang.journey.rules.links import Plan
from huhang.journey.rules.status import Scan
from huhang.journey.rules.watch import Link
from tests.journey.rules.ways import HOUR, NODES, NOON, PLAN, WHOLE, scans


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
