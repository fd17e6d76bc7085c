"""Previews: what an edited rule would have raised over the last days, from the log itself, writing no hit."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from django.utils import timezone

from huhang.journey.actions import previewing, rules, scan_log
from huhang.journey.actions.watching import Watch
from huhang.journey.models import Hit, Preview, Segment, WatchRule
from huhang.journey.queries import previews
from huhang.journey.rules.codes import Code
from huhang.network.models import Person
from tests.cast import Cast
from tests.factories import journey as factory
from tests.journey.watch.reference import Scan
from tests.journey.watch.scans import table

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
NOW = timezone.now().replace(minute=0, second=0, microsecond=0)
RULE = "hub_not_departed"  # 12 hours

Send = Callable[..., Segment]


@pytest.fixture(autouse=True)
def var(tmp_path: Path, settings) -> Path:
    settings.VAR = tmp_path
    return tmp_path


@pytest.fixture
def send(cast: Cast) -> Send:
    def one(*scans: Scan) -> Segment:
        rows = table(list(scans)).append_column("carrier", pa.array(["sto"] * len(scans), pa.string()))
        rows = rows.append_column("text", pa.array([""] * len(scans), pa.string()))
        return scan_log.append(rows, batch_key=f"batch {Segment.objects.count()}", source="test")

    return one


def lain(waybill: str, hours: float, *, since: datetime, node: str = "SZ-HUB") -> list[Scan]:
    """A parcel that lay so long at the hub."""
    end = since + timedelta(hours=hours)
    return [Scan(waybill, Code.ARRIVED, since, node, ""), Scan(waybill, Code.DEPARTED, end, node, "")]


def asked(**changes: Any) -> dict[str, Any]:
    """The answer to a change of the rule."""
    saved = WatchRule.objects.get(slug=RULE).as_row()
    draft = rules.drafted(slug=RULE, changes=changes).as_row()
    question = previewing.ask_rule(draft=draft, saved=saved, now=NOW)
    previewing.answer(preview_id=question.pk, now=NOW)
    question.refresh_from_db()
    answer = question.answer
    assert answer is not None
    return dict(answer)


def counts(answer: dict[str, Any]) -> tuple[int, int, int, int, int]:
    return answer["before"], answer["after"], answer["added"], answer["removed"], answer["moved"]


@pytest.fixture
def week(send: Send) -> None:
    """Nine, eleven, thirteen and fifteen hours at the hub, two days ago; and fifteen hours ten days ago."""
    since = NOW - timedelta(days=2)
    for number, hours in enumerate((9, 11, 13, 15)):
        send(*lain(f"W000{number}", hours, since=since))
    send(*lain("OLD1", 15, since=NOW - timedelta(days=10)))


class TestRule:
    @pytest.mark.parametrize(
        ("minutes", "told"),
        [
            (720, (2, 2, 0, 0, 0)),  # as it is
            (600, (2, 3, 1, 0, 2)),  # the others come two hours earlier
            (840, (2, 1, 0, 1, 1)),
            (60, (2, 4, 2, 0, 2)),
            (6000, (2, 0, 0, 2, 0)),
        ],
    )
    def test_sets_the_edited_rule_beside_the_saved_one(
        self, week: None, minutes: int, told: tuple[int, int, int, int, int]
    ) -> None:
        assert counts(asked(within_minutes=minutes)) == told

    def test_names_days_units_and_parcels(self, week: None, cast: Cast) -> None:
        answer = asked(within_minutes=600)
        assert answer["units"] == [["SZ-HUB", 2, 3]]
        assert sum(after for _, _, after in answer["days"]) == 3
        assert len(answer["days"]) == 8
        assert [one["waybill"] for one in answer["new"]] == ["W0001"]

    def test_agrees_with_what_the_runner_finds(self, week: None) -> None:
        Watch().round()
        found = Hit.objects.filter(rule__slug=RULE, raised_at__gte=NOW - timedelta(days=7))
        assert asked(within_minutes=600)["before"] == found.count()

    def test_writes_no_hit(self, week: None) -> None:
        asked(within_minutes=60)
        assert not Hit.objects.exists()

    def test_a_resting_rule_raises_nothing_today(self, week: None, cast: Cast) -> None:
        rules.switch(slug=RULE, on=False, by=cast.hua, now=NOW)
        assert counts(asked(within_minutes=600)) == (0, 3, 3, 0, 0)

    def test_a_new_rule_stands_alone(self, week: None, cast: Cast) -> None:
        row = WatchRule.objects.get(slug=RULE)
        fields = {"addressed": "hub", "link": "linehaul", "after": ["ARRIVED"], "within_minutes": 840}
        draft = rules.drafted_new(kind="expect", changes={"name_zh": "新", "name_en": "New", **fields})
        question = previewing.ask_rule(draft=draft.as_row(), saved=None, now=NOW)
        previewing.answer(preview_id=question.pk, now=NOW)
        question.refresh_from_db()
        assert counts(question.answer or {}) == (0, 1, 1, 0, 0)
        assert draft.number != row.number

    def test_of_a_big_log_takes_a_sample(
        self, send: Send, monkeypatch: pytest.MonkeyPatch, cast: Cast
    ) -> None:
        monkeypatch.setattr(previewing, "ROWS_AT_MOST", 200)
        since = NOW - timedelta(days=2)
        send(*(scan for n in range(400) for scan in lain(f"7731{n:08d}", 15, since=since)))
        answer = asked(within_minutes=600)
        assert answer["share"] == 4
        assert 50 < answer["before"] < 150  # one in four of 400, by hash
        question = Preview.objects.get()
        told = previews.told(question, ["/"])
        assert told is not None
        assert told.is_estimate
        assert told.figures["before"] == 4 * answer["before"]


class TestStorm:
    def test_says_how_many_limits_move_and_how_many_hits_are_spared(self, send: Send, cast: Cast) -> None:
        send(*lain("W0001", 15, since=NOW - timedelta(days=3)))
        send(*lain("Z0001", 15, since=NOW - timedelta(days=3), node="HZ-XH"))
        send(
            Scan("W0002", Code.ARRIVED, NOW - HOUR, "SZ-HUB", ""),
            Scan("Z0002", Code.ARRIVED, NOW - HOUR, "HZ-XH", ""),
        )
        question = previewing.ask_storm(
            path=cast.unit("JS").path, starts_at=NOW, ends_at=NOW + 24 * HOUR, extra_minutes=24 * 60, now=NOW
        )
        previewing.answer(preview_id=question.pk, now=NOW)
        question.refresh_from_db()
        assert question.answer
        assert (question.answer["open"], question.answer["spared"]) == (1, 1)
        assert question.answer["hits"] >= 1

    def test_of_a_storm_that_is_changed_is_judged_without_it(self, send: Send, cast: Cast) -> None:
        send(Scan("W0002", Code.ARRIVED, NOW - HOUR, "SZ-HUB", ""))
        storm = factory.storm(
            cast.unit("JS"), starts_at=NOW - HOUR, ends_at=NOW + 24 * HOUR, extra_minutes=24 * 60
        )
        for instead_of, moved in ((0, 0), (storm.pk, 1)):
            question = previewing.ask_storm(
                path=storm.path, starts_at=storm.starts_at, ends_at=storm.ends_at, extra_minutes=24 * 60,
                instead_of=instead_of, now=NOW,
            )  # fmt: skip
            previewing.answer(preview_id=question.pk, now=NOW)
            question.refresh_from_db()
            assert question.answer
            assert question.answer["open"] == moved


class TestAsking:
    def ask(self, now: datetime = NOW) -> Preview:
        return previewing.ask_storm(path="/HQ/", starts_at=NOW, ends_at=NOW + HOUR, extra_minutes=60, now=now)

    def test_the_same_question_is_worked_out_once(self, cast: Cast) -> None:
        first = self.ask()
        previewing.answer(preview_id=first.pk, now=NOW)
        again = self.ask(NOW + timedelta(minutes=5))
        assert (again.pk, again.answered_at) == (first.pk, NOW)

    def test_after_a_while_it_is_worked_out_anew(self, cast: Cast) -> None:
        first = self.ask()
        previewing.answer(preview_id=first.pk, now=NOW)
        assert self.ask(NOW + timedelta(minutes=11)).answer is None

    def test_answering_twice_is_harmless(self, cast: Cast) -> None:
        first = self.ask()
        for _ in range(2):
            previewing.answer(preview_id=first.pk, now=NOW)
        previewing.answer(preview_id=0, now=NOW)

    def test_a_person_waits_for_one_answer(self, cast: Cast) -> None:
        """Whoever asks again and again fills nobody else's queue; answers that are there stay."""
        asked = [self.ask_of(minutes, cast.hua) for minutes in (30, 60)]
        previewing.answer(preview_id=asked[1].pk, now=NOW)
        other = self.ask_of(90, cast.gao)
        last = self.ask_of(120, cast.hua)
        assert set(Preview.objects.all()) == {asked[1], other, last}

    def test_what_is_withdrawn_is_worked_out_no_further(
        self, cast: Cast, send: Send, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        send(*lain("W0001", 9, since=NOW - timedelta(days=2)))
        first = self.ask_of(30, cast.hua)
        monkeypatch.setattr(previewing, "_judge", pytest.fail)

        def asked_again_meanwhile(*_: object) -> int:
            self.ask_of(60, cast.hua)
            return 1

        monkeypatch.setattr(previewing, "share_for", asked_again_meanwhile)
        previewing.answer(preview_id=first.pk, now=NOW)
        assert not Preview.objects.filter(pk=first.pk).exists()

    def ask_of(self, minutes: int, by: Person) -> Preview:
        return previewing.ask_storm(
            path="/HQ/", starts_at=NOW, ends_at=NOW + HOUR, extra_minutes=minutes, by=by, now=NOW
        )

    def test_old_answers_are_forgotten(self, cast: Cast) -> None:
        factory.preview(asked_at=NOW - timedelta(days=2))
        factory.preview(asked_at=NOW)
        assert previewing.forget_old(now=NOW) == 1


class TestTelling:
    def test_samples_are_only_those_that_one_may_see(self, cast: Cast) -> None:
        rows = [
            {"waybill": no, "at": NOW.isoformat(), "unit": unit}
            for no, unit in (("A1", "SZ-WZ"), ("A2", "HZ-XH"))
        ]
        answer = {"share": 1, "before": 0, "after": 2, "new": rows, "units": [["SZ-WZ", 0, 1], ["", 0, 1]]}
        question = factory.preview(answer=answer, answered_at=NOW)
        told = previews.told(question, [cast.unit("JS").path])
        assert told is not None
        assert [sample.waybill for sample in told.new] == ["A1"]
        assert [bar.name for bar in told.units] == ["吴中网点", "—"]
