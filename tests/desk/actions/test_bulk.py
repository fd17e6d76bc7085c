"""One verb on many cases: rights per row, reasons per failure, nothing twice, and a way back for ten minutes."""

from datetime import timedelta

import pytest

from huhang.desk.actions import answering, bulk, claiming, clocks
from huhang.desk.actions.bulk_verbs import NoSuchReason, NoSuchUnit, WordsMissing
from huhang.desk.models import BulkItem, BulkRun, Entry, Ticket
from huhang.desk.queries import bulk as runs
from huhang.desk.rules.bulk import AT_ONCE, ItemState, RunState, Verb
from huhang.desk.rules.kinds import ClockState, EntryKind, State
from huhang.kit.errors import NotFound
from huhang.network.models import Person
from tests.cast import NOON, Cast
from tests.desk.scenes import a_ticket
from tests.factories import desk as factory

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
LATER = NOON + 5 * MINUTE


def run(verb: Verb, tickets: list[Ticket], by: Person, *, once: str = "x" * 32, **words: str) -> BulkRun:
    begun = bulk.begin(verb=verb, ticket_ids=[t.pk for t in tickets], words=words, once=once, by=by, now=NOON)
    while bulk.work(run_id=begun.pk, now=NOON):
        pass
    begun.refresh_from_db()
    return begun


def undone(begun: BulkRun, *, now=LATER) -> BulkRun:
    bulk.undo(run_id=begun.pk, by=begun.person, now=now)
    while bulk.work_back(run_id=begun.pk, now=now):
        pass
    begun.refresh_from_db()
    return begun


def states(begun: BulkRun) -> dict[str, str]:
    return dict(begun.items.values_list("ticket__no", "state"))


def reasons(begun: BulkRun) -> dict[str, str]:
    return {no: why for no, why in begun.items.values_list("ticket__no", "reason") if why}


class TestRun:
    def test_claims_what_can_be_claimed_and_says_of_the_rest_why_not(self, cast: Cast) -> None:
        free, taken, foreign = a_ticket(cast), a_ticket(cast), a_ticket(cast, unit=cast.unit("SZ-GS"))
        claiming.claim(ticket_no=taken.no, by=cast.lin, now=NOON)
        over = factory.ticket(cast.unit("SZ-WZ"), now=NOON, state=State.RESOLVED, resolved_at=NOON)
        begun = run(Verb.CLAIM, [free, taken, foreign, over], cast.gao)
        assert begun.state == RunState.DONE
        assert states(begun)[free.no] == ItemState.DONE
        assert reasons(begun) == {
            taken.no: "这张工单已由同事认领。",
            foreign.no: "没有找到，或您无权查看。",
            over.no: "这张工单已经结束。",
        }
        free.refresh_from_db()
        foreign.refresh_from_db()
        assert (free.owner, foreign.owner) == (cast.gao, None)

    def test_the_same_press_is_the_same_run(self, cast: Cast) -> None:
        tickets = [a_ticket(cast)]
        first, second = (run(Verb.NOTE, tickets, cast.gao, text="问过了") for _ in range(2))
        assert first == second
        assert Entry.objects.filter(kind=EntryKind.NOTE).count() == 1

    @pytest.mark.parametrize(
        ("verb", "words", "error"),
        [
            (Verb.NOTE, {"text": "  "}, WordsMissing),
            (Verb.HAND_OVER, {"unit": "NOWHERE", "reason": "x"}, NoSuchUnit),
            (Verb.PAUSE, {"pause": "no-such"}, NoSuchReason),
            (Verb.PRIORITY, {"priority": "enormous", "reason": "x"}, WordsMissing),
        ],
    )
    def test_words_that_mean_nothing_are_refused_before_anything_is_done(
        self, cast: Cast, verb: Verb, words: dict[str, str], error: type[Exception]
    ) -> None:
        with pytest.raises(error):
            run(verb, [a_ticket(cast)], cast.gao, **words)
        assert not BulkRun.objects.exists()

    def test_nothing_chosen_is_refused(self, cast: Cast) -> None:
        with pytest.raises(bulk.NothingChosen):
            run(Verb.CLAIM, [], cast.gao)

    def test_hands_over_and_the_new_unit_owes_it(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        run(Verb.HAND_OVER, [ticket], cast.gao, unit="SZ-HUB", reason="在分拨")
        ticket.refresh_from_db()
        assert ticket.at_unit.code == "SZ-HUB"

    def test_rights_are_those_of_the_moment_at_which_a_row_is_done(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        begun = bulk.begin(
            verb=Verb.CLAIM, ticket_ids=[ticket.pk], words={}, once="y" * 32, by=cast.gao, now=NOON
        )
        cast.gao.grants.all().delete()
        bulk.work(run_id=begun.pk, now=NOON)
        assert states(begun) == {ticket.no: ItemState.FAILED}


class TestAKilledWorker:
    def test_goes_on_where_it_stopped(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        tickets = [a_ticket(cast) for _ in range(3)]
        begun = bulk.begin(
            verb=Verb.NOTE, ticket_ids=[t.pk for t in tickets], words={"text": "问过了"}, once="z" * 32,
            by=cast.gao, now=NOON,
        )  # fmt: skip
        assert bulk.work(run_id=begun.pk, now=NOON, at_most=2)
        save = BulkItem.save

        def die(*_: object, **__: object) -> None:
            raise SystemExit(137)

        monkeypatch.setattr(BulkItem, "save", die)
        with pytest.raises(SystemExit):
            bulk.work(run_id=begun.pk, now=NOON)
        monkeypatch.setattr(BulkItem, "save", save)
        assert Entry.objects.filter(kind=EntryKind.NOTE).count() == 2  # the third went with its item
        while bulk.work(run_id=begun.pk, now=NOON):
            pass
        assert Entry.objects.filter(kind=EntryKind.NOTE).count() == 3
        assert set(states(begun).values()) == {ItemState.DONE}

    def test_a_job_after_the_page_finds_nothing_to_do(self, cast: Cast) -> None:
        begun = run(Verb.NOTE, [a_ticket(cast)], cast.gao, text="问过了")
        assert not bulk.work(run_id=begun.pk, now=LATER)
        assert Entry.objects.filter(kind=EntryKind.NOTE).count() == 1


class TestUndo:
    def test_gives_claimed_cases_back(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        begun = undone(run(Verb.CLAIM, [ticket], cast.gao))
        assert (begun.state, states(begun)) == (RunState.UNDONE, {ticket.no: ItemState.UNDONE})
        ticket.refresh_from_db()
        assert (ticket.owner, ticket.claimed_at, ticket.state) == (None, None, State.OPEN)
        assert ticket.steps.get(state="open").handler is None

    def test_leaves_what_somebody_has_changed_since(self, cast: Cast) -> None:
        quiet, busy = a_ticket(cast), a_ticket(cast)
        begun = run(Verb.CLAIM, [quiet, busy], cast.gao)
        answering.answer(ticket_no=busy.no, text="马上", by=cast.lin, now=NOON + MINUTE)
        undone(begun)
        assert states(begun) == {quiet.no: ItemState.UNDONE, busy.no: ItemState.KEPT}
        assert "已有人改过" in reasons(begun)[busy.no]
        busy.refresh_from_db()
        assert busy.owner == cast.gao

    def test_a_clock_that_called_is_nobody(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        begun = run(Verb.CLAIM, [ticket], cast.gao)
        clocks.fire_due(now=NOON + 8 * MINUTE)
        undone(begun, now=NOON + 9 * MINUTE)
        ticket.refresh_from_db()
        assert ticket.owner is None

    def test_resumes_what_was_paused(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        undone(run(Verb.PAUSE, [ticket], cast.gao, pause="customer-info"))
        assert not ticket.clocks.filter(state=ClockState.PAUSED).exists()

    def test_brings_priorities_back(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        begun = run(Verb.PRIORITY, [ticket], cast.gao, priority="urgent", reason="媒体")
        ticket.refresh_from_db()
        assert ticket.priority == "urgent"
        undone(begun)
        ticket.refresh_from_db()
        assert ticket.priority == "normal"

    @pytest.mark.parametrize(
        ("verb", "words"), [(Verb.NOTE, {"text": "x"}), (Verb.HAND_OVER, {"unit": "SZ-HUB", "reason": "x"})]
    )
    def test_is_refused_where_there_is_no_way_back(
        self, cast: Cast, verb: Verb, words: dict[str, str]
    ) -> None:
        with pytest.raises(bulk.CannotBeUndone):
            undone(run(verb, [a_ticket(cast)], cast.gao, **words))

    def test_is_refused_after_ten_minutes(self, cast: Cast) -> None:
        with pytest.raises(bulk.CannotBeUndone):
            undone(run(Verb.CLAIM, [a_ticket(cast)], cast.gao), now=NOON + 10 * MINUTE)

    def test_is_refused_to_anybody_else(self, cast: Cast) -> None:
        begun = run(Verb.CLAIM, [a_ticket(cast)], cast.gao)
        with pytest.raises(NotFound):
            bulk.undo(run_id=begun.pk, by=cast.hua, now=LATER)


class TestPreview:
    def test_counts_what_will_be_refused(self, cast: Cast) -> None:
        free, taken, foreign = a_ticket(cast), a_ticket(cast), a_ticket(cast, unit=cast.unit("SZ-GS"))
        claiming.claim(ticket_no=taken.no, by=cast.lin, now=NOON)
        over = factory.ticket(cast.unit("SZ-WZ"), now=NOON, state=State.RESOLVED, resolved_at=NOON)
        told = runs.preview(cast.gao, Verb.CLAIM, [t.pk for t in (free, taken, foreign, over)])
        assert (told.chosen, told.likely, told.owned, told.over, told.foreign) == (4, 1, 1, 1, 1)

    def test_takes_one_statement(self, cast: Cast, django_assert_num_queries) -> None:
        assert cast.gao.visible_paths("desk.see")
        with django_assert_num_queries(1):
            runs.preview(
                cast.gao, Verb.NOTE, [a.pk for a in [factory.ticket(cast.unit("SZ-WZ"), now=NOON)]][:0]
            )


def test_more_than_a_page_waits_for_is_left_to_the_background(cast: Cast) -> None:
    tickets = [factory.ticket(cast.unit("SZ-WZ"), now=NOON) for _ in range(AT_ONCE + 1)]
    begun = bulk.begin(
        verb=Verb.NOTE, ticket_ids=[t.pk for t in tickets], words={"text": "x"}, once="b" * 32,
        by=cast.gao, now=NOON,
    )  # fmt: skip
    assert not bulk.is_short(begun)
    assert bulk.work(run_id=begun.pk, now=NOON)
    told = runs.progress(begun, now=NOON)
    assert (told.done, told.waiting, told.over) == (20, AT_ONCE - 19, 20)
