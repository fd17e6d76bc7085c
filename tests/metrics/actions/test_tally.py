"""Counting: once per key, never changed, and summed exactly at every level."""

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, connections, transaction

from huhang.kit.models import Outbox
from huhang.metrics.actions import tally
from huhang.metrics.actions.tally import Count, UnknownMeasure, count, count_many, settle, settle_all
from huhang.metrics.models import Tally, TallyFresh, TallySum
from huhang.metrics.queries.readings import sums
from huhang.metrics.rules.windows import Window

OPENED, STARTED = "desk.ticket.opened.complaint", "journey.delivery.started"
NOON = datetime(2026, 11, 21, 4, 0, 30, tzinfo=UTC)
HOUR = Window(NOON - timedelta(minutes=30), NOON + timedelta(minutes=30))
SZ, WX = "/HQ/JS/SZ/", "/HQ/JS/WX/"
PATHS = ["/HQ/", "/HQ/JS/", SZ, WX]


def total(path: str, measure: str = OPENED) -> int:
    found = sums([measure], [path], [HOUR]).get((path, 0, measure))
    return found.amount if found else 0


@pytest.mark.django_db
class TestCount:
    def test_counts_a_key_once(self):
        assert count(measure=OPENED, at=NOON, path=SZ, key="t1")
        assert not count(measure=OPENED, at=NOON, path=SZ, key="t1", amount=7)
        assert total(SZ) == 1

    def test_counts_in_the_minute(self):
        count(measure=OPENED, at=NOON, path=SZ, key="t1")
        assert Tally.objects.get().minute == NOON.replace(second=0)

    def test_refuses_what_nobody_declared(self):
        with pytest.raises(UnknownMeasure):
            count(measure="desk.nonsense", at=NOON, path=SZ, key="t1")

    def test_one_statement_counts_many(self, django_assert_num_queries):
        with django_assert_num_queries(1):
            assert count_many(Count(STARTED, NOON, SZ, f"w{n % 400}") for n in range(500)) == 400
        assert TallyFresh.objects.get().amount == 400

    def test_nothing_is_nothing(self, django_assert_num_queries):
        with django_assert_num_queries(0):
            assert count_many([]) == 0


@pytest.mark.django_db
class TestAppendOnly:
    @pytest.fixture(autouse=True)
    def _counted(self):
        count(measure=OPENED, at=NOON, path=SZ, key="t1")

    def test_the_database_refuses_an_update(self):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            Tally.objects.update(amount=2)

    def test_the_database_refuses_a_deletion(self):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            Tally.objects.all().delete()

    def test_a_correction_is_another_row(self):
        count(measure=OPENED, at=NOON, path=SZ, key="t1:undone", amount=-1)
        assert total(SZ) == 0


@pytest.mark.django_db
class TestSettle:
    def test_changes_no_sum(self):
        for n in range(3):
            count(measure=OPENED, at=NOON + timedelta(minutes=n), path=SZ, key=f"s{n}")
        count(measure=OPENED, at=NOON, path=WX, key="w")
        before = [total(path) for path in PATHS]
        assert settle() == 4
        assert before == [total(path) for path in PATHS] == [4, 4, 3, 1]
        assert not TallyFresh.objects.exists()

    def test_a_late_fact_restates_its_minute_openly(self):
        count(measure=OPENED, at=NOON, path=SZ, key="a")
        settle()
        first = TallySum.objects.get(path=SZ, grain="hour").changed_at
        TallySum.objects.update(changed_at=first - timedelta(days=1))
        count(measure=OPENED, at=NOON, path=SZ, key="b")
        settle()
        assert total(SZ) == 2
        assert sums([OPENED], [SZ], [HOUR])[SZ, 0, OPENED].changed_at >= first

    def test_reads_whole_hours_and_edges_alike(self):
        for n in range(0, 180, 7):
            count(measure=OPENED, at=NOON + timedelta(minutes=n), path=SZ, key=f"m{n}")
        settle()
        window = Window(NOON + timedelta(minutes=20), NOON + timedelta(minutes=150))
        expected = sum(1 for n in range(0, 180, 7) if 20 <= n < 150)
        assert sums([OPENED], ["/HQ/"], [window])["/HQ/", 0, OPENED].amount == expected

    def test_tells_each_unit_once(self):
        for n in range(5):
            count(measure=OPENED, at=NOON, path=SZ, key=f"s{n}")
        settle()
        assert list(Outbox.objects.values_list("kind", "path", "ref")) == [("metrics.tally", SZ, "")]

    def test_tells_everybody_when_much_moved(self):
        count_many(Count(OPENED, NOON, f"/HQ/JS/N{n}/", f"k{n}") for n in range(30))
        settle()
        assert list(Outbox.objects.values_list("path", "ref")) == [("", tally.ANYWHERE)]


@pytest.mark.django_db(transaction=True)
class TestTogether:
    def test_a_rolled_back_fact_is_not_counted(self):
        with transaction.atomic():
            count(measure=OPENED, at=NOON, path=SZ, key="gone")
            transaction.set_rollback(True)
        settle()
        assert total("/HQ/") == 0

    def test_writers_and_settlers_lose_and_double_nothing(self):
        """Four writers share half of their keys while two settle and the sum never goes back."""
        seen: list[list[int]] = [[], []]
        writers = [threading.Thread(target=self._write, args=(n,)) for n in range(4)]
        settlers = [threading.Thread(target=self._settle, args=(writers, seen[n])) for n in range(2)]
        for thread in writers + settlers:
            thread.start()
        for thread in writers + settlers:
            thread.join(60)
        settle_all()
        expected = Counter(row.path for row in Tally.objects.all())
        assert total(SZ, STARTED) == expected[SZ] == 240
        assert total(WX, STARTED) == expected[WX] == 4 * 240
        assert total("/HQ/", STARTED) == 5 * 240
        assert all(each == sorted(each) for each in seen)

    @staticmethod
    def _write(writer: int) -> None:
        for n in range(0, 240, 6):
            shared = [Count(STARTED, NOON, SZ, f"shared{n + i}") for i in range(6)]
            own = [Count(STARTED, NOON, WX, f"own{writer}:{n + i}") for i in range(6)]
            with transaction.atomic():
                count_many(shared + own)
        connections.close_all()

    @staticmethod
    def _settle(writers: list[threading.Thread], seen: list[int]) -> None:
        while any(thread.is_alive() for thread in writers):
            settle(limit=7)
            seen.append(total("/HQ/", STARTED))
        connections.close_all()


@pytest.mark.django_db
def test_minutes_are_whole():
    with pytest.raises(IntegrityError), transaction.atomic():
        Tally.objects.create(measure=OPENED, minute=NOON, path=SZ, amount=1, key="x")


@pytest.mark.django_db
def test_ancestors():
    with connection.cursor() as cursor:
        cursor.execute("SELECT metrics_ancestors_v1('/HQ/JS/SZ/')")
        assert [row[0] for row in cursor] == ["/HQ/", "/HQ/JS/", SZ]
