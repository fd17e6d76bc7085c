"""What links took is counted day by day, again when late scans come, and never twice."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from django.db import DatabaseError

from huhang.journey.actions import learning, scan_log
from huhang.journey.models import DelayDay, EtaDay, LateLink, LinkDay, NodeHours, Segment
from huhang.journey.queries import recent
from huhang.journey.rules.codes import Code
from huhang.journey.rules.links import SHANGHAI
from huhang.kit import facts
from tests.cast import Cast
from tests.factories.journey import link_standard
from tests.factories.network import transit_standard
from tests.journey.watch.reference import Facts, Scan
from tests.journey.watch.scans import table

HOUR = timedelta(hours=1)
NOW = datetime.now(SHANGHAI).replace(hour=12, minute=0, second=0, microsecond=0)
MORNING = NOW.replace(hour=8) - timedelta(days=1)
YESTERDAY = MORNING.date()

Send = Callable[..., Segment]


@pytest.fixture(autouse=True)
def var(tmp_path: Path, settings) -> Path:
    settings.VAR = tmp_path
    facts.forget()
    return tmp_path


@pytest.fixture
def send(cast: Cast) -> Send:
    sent = 0

    def one(*scans: Scan) -> Segment:
        nonlocal sent
        sent += 1
        rows = table(list(scans))
        for name, value in (("carrier", "sto"), ("text", "")):
            rows = rows.append_column(name, pa.array([value] * rows.num_rows, pa.string()))
        return scan_log.append(rows, batch_key=f"batch {sent}", source="test")

    return one


def way(no: str, start: datetime = MORNING, *, out_after: float = 2) -> list[Scan]:
    """From 西湖 to 吴中 in a day, signed two hours after it went out."""
    ends = Facts(product="standard", origin="HZ-XH", dest="SZ-WZ")
    steps = [
        (-24, Code.PICKED_UP, "HZ-XH"),
        (-20, Code.DEPARTED, "HZ-XH"),
        (-12, Code.ARRIVED, "SZ-HUB"),
        (-2, Code.DEPARTED, "SZ-HUB"),
        (0, Code.ARRIVED, "SZ-WZ"),
        (out_after, Code.OUT_FOR_DELIVERY, "SZ-WZ"),
        (out_after + 2, Code.SIGNED, "SZ-WZ"),
    ]
    return [
        Scan(no, Code.REGISTERED, start - 25 * HOUR, facts=ends),
        *(Scan(no, code, start + hours * HOUR, node) for hours, code, node in steps),
    ]


def days() -> dict[tuple[str, str, str], tuple[int, int, int]]:
    """Each link of yesterday: parcels, late ones, minutes lost."""
    return {
        (row.kind, row.node, row.to_node): (row.n, row.late, row.lost_minutes)
        for row in LinkDay.objects.filter(day=YESTERDAY)
    }


def test_counts_each_link_on_the_day_it_ended(send: Send) -> None:
    send(*way("W1"), *way("W2"))
    learning.learn(now=NOW)
    assert days()["delivery", "SZ-WZ", ""] == (2, 0, 0)
    assert ("linehaul", "SZ-HUB", "SZ-WZ") in days()
    assert ("collection", "HZ-XH", "") not in days()
    before = LinkDay.objects.get(kind="collection")
    assert (before.day, before.n, before.product) == (YESTERDAY - timedelta(days=1), 2, "standard")


def test_names_late_parcels_with_their_owner(send: Send, cast: Cast) -> None:
    link_standard("delivery", minutes=300, origin=cast.unit("SZ-WZ"))
    send(*way("W1"), *way("W2", out_after=5))
    learning.learn(now=NOW)
    assert days()["delivery", "SZ-WZ", ""] == (2, 1, 120)
    late = LateLink.objects.get(kind="delivery")
    assert (late.waybill_no, late.lost_minutes, late.unit) == ("W2", 120, cast.unit("SZ-WZ"))


def test_the_same_pass_again_changes_nothing(send: Send) -> None:
    send(*way("W1"))
    assert learning.learn(now=NOW)
    first = days()
    assert learning.learn(now=NOW) == []
    DelayDay.objects.update(is_dirty=True, built_at=None)
    learning.learn(now=NOW)
    assert days() == first


def test_a_late_scan_counts_its_day_again(send: Send) -> None:
    whole = way("W1")
    send(*(scan for scan in whole if scan.code is not Code.ARRIVED or scan.node != "SZ-WZ"))
    learning.learn(now=NOW)
    assert LinkDay.objects.get(kind="delivery", day=YESTERDAY).unscanned == 1
    send(*(scan for scan in whole if scan.code is Code.ARRIVED and scan.node == "SZ-WZ"))
    assert YESTERDAY in learning.learn(now=NOW)
    assert LinkDay.objects.get(kind="delivery", day=YESTERDAY).unscanned == 0


def test_the_same_scan_twice_is_one(send: Send) -> None:
    send(*way("W1"))
    send(*way("W1"))
    learning.learn(now=NOW)
    assert days()["delivery", "SZ-WZ", ""] == (1, 0, 0)


def test_stragglers_of_older_days_wait(send: Send) -> None:
    long_ago = MORNING - timedelta(days=5)
    send(*way("W1", long_ago))
    assert long_ago.date() in learning.learn(now=NOW)
    send(*way("W2", long_ago))
    assert learning.learn(now=NOW + HOUR) == []
    assert long_ago.date() in learning.learn(now=NOW + 7 * HOUR)


def test_a_day_that_is_too_long_ago_is_left_alone(send: Send) -> None:
    send(*way("W1", MORNING - timedelta(days=200)))
    assert learning.learn(now=NOW) == []


@pytest.mark.django_db(transaction=True)
def test_a_pass_that_dies_leaves_the_day_as_it_was(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    send(*way("W1"))
    learning.learn(now=NOW)
    before = days()
    send(*way("W2"))

    def dies(self: object, rows: object, **options: object) -> None:
        raise DatabaseError("gone")

    with monkeypatch.context() as patched:
        patched.setattr(type(EtaDay.objects.all()), "bulk_create", dies)
        patched.setattr(type(EtaDay.objects), "bulk_create", dies)
        with pytest.raises(DatabaseError):
            learning.build(YESTERDAY, learning._world(NOW), now=NOW)
    assert days() == before
    learning.learn(now=NOW)
    assert days()["delivery", "SZ-WZ", ""] == (2, 0, 0)


def test_counts_the_way_of_delivered_parcels_in_every_circle(send: Send, cast: Cast) -> None:
    transit_standard(origin=cast.unit("ZJ"), destination=cast.unit("JS"), hours=48)
    send(*way("W1"))
    learning.learn(now=NOW)
    circles = EtaDay.objects.filter(milestone="picked_up", day=YESTERDAY)
    ends = {(row.origin, row.dest) for row in circles}
    assert ends == {("", ""), ("", "/HQ/JS/"), ("/HQ/ZJ/", "/HQ/JS/"), ("/HQ/ZJ/ZJ-HZ/", "/HQ/JS/JS-SZ/")}
    out = EtaDay.objects.filter(milestone="out", dest="/HQ/JS/JS-SZ/SZ-WZ/").get()
    assert out.n == 1


def test_what_was_known_is_held_against_what_came(send: Send) -> None:
    for ago in range(3):
        send(*(scan for n in range(25) for scan in way(f"W{ago}-{n}", MORNING - timedelta(days=2 - ago))))
    learning.learn(now=NOW)
    from huhang.journey.models import EtaCheck

    check = EtaCheck.objects.get(milestone="out", day=YESTERDAY)
    assert (check.n, check.inside) == (25, 25)
    assert check.off_minutes < 25 * 30


def test_a_withdrawn_scan_is_not_counted(send: Send) -> None:
    import pyarrow.compute as pc

    from huhang.journey.rules import withdrawn
    from huhang.journey.watch import log

    whole = way("W1")
    segment = send(*whole)
    rows = log.read_segment(scan_log.root() / segment.path)
    signed = rows.filter(pc.equal(rows["code"], pa.scalar(int(Code.SIGNED), pa.uint8()))).to_pylist()[0]
    back = table([Scan("W1", Code.WITHDRAWN, signed["event_time"], "SZ-WZ")])
    words = pa.array([withdrawn.text(signed["identity"], "did_not_occur")])
    scan_log.append(
        back.append_column("text", words).append_column("carrier", pa.array(["sto"])),
        batch_key="back",
        source="test",
    )
    (told,) = recent.parcels_of(YESTERDAY)
    assert Code.SIGNED not in {scan.code for scan in told.scans}


class TestHours:
    def test_learns_when_a_node_signs_off(self, send: Send) -> None:
        send(*(scan for n in range(210) for scan in way(f"W{n}")))
        learning.learn(now=NOW)
        row = NodeHours.objects.get(node="SZ-WZ")
        usual = {hour for hour in range(24) if row.hours >> hour & 1}
        assert usual == {11, 12, 13}
        assert row.scans == 210

    def test_of_few_sign_offs_nothing_is_learnt(self, send: Send) -> None:
        send(*(scan for n in range(20) for scan in way(f"W{n}")))
        learning.learn(now=NOW)
        assert not NodeHours.objects.exists()
