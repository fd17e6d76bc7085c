"""One verb on many cases: each in a transaction of its own, none twice, every failure with its reason, and a way back.

A run is written whole before anything is done. Whoever works it off takes waiting items one by one under a lock,
so a killed worker costs nothing and a second one helps.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db import transaction

from huhang.desk.actions import bulk_verbs
from huhang.desk.models import BulkItem, BulkRun, Ticket
from huhang.desk.queries.tickets import reachable
from huhang.desk.rules.bulk import AT_MOST, AT_ONCE, ItemState, RunState, Verb
from huhang.kit import jobs
from huhang.kit.errors import BadInput, DomainError, NotFound
from huhang.network.models import Person

# The page works at once; a job looks after it in case that the page's process dies.
RESCUE_AFTER = timedelta(seconds=20)
LONGEST_REASON = 300


class NothingChosen(BadInput):
    """请先选择工单。"""


class TooManyChosen(BadInput):
    """一次最多处理 20000 单，请先缩小筛选范围。"""


class CannotBeUndone(DomainError):
    """这次操作已不能撤销：超过十分钟，或这类操作没有反向操作。"""


@transaction.atomic
def begin(
    *, verb: Verb, ticket_ids: Iterable[int], words: Mapping[str, str], once: str, by: Person, now: datetime
) -> BulkRun:
    """Write down what is to be done; the same `once` is the same run. Nothing is done yet."""
    words = bulk_verbs.checked(verb, words)
    ids = list(dict.fromkeys(ticket_ids))
    if not ids:
        raise NothingChosen
    if len(ids) > AT_MOST:
        raise TooManyChosen
    run, is_new = BulkRun.objects.get_or_create(
        person=by,
        once=once,
        defaults={"verb": verb, "words": words, "total": len(ids), "made_at": now},
    )
    if is_new:
        BulkItem.objects.bulk_create((BulkItem(run=run, ticket_id=pk) for pk in ids), batch_size=2000)
        jobs.enqueue("desk.bulk.work", delay=RESCUE_AFTER if is_short(run) else None, run_id=run.pk)
    return run


def is_short(run: BulkRun) -> bool:
    """Does the page wait for it?"""
    return run.total <= AT_ONCE


def work(*, run_id: int, now: datetime, at_most: int = 20) -> bool:
    """Act on some waiting cases of a run; is there more to do?"""
    run = BulkRun.objects.select_related("person").get(pk=run_id)
    if run.state != RunState.RUNNING:
        return False
    for _turn in range(at_most):
        if not _act_on_next(run, now):
            return _finish(run, now)
    return True


@transaction.atomic
def _act_on_next(run: BulkRun, now: datetime) -> bool:
    item = _next(run, ItemState.WAITING)
    if item is None:
        return False
    try:
        with transaction.atomic():
            _act(run, item, now)
    except DomainError as error:
        item.state, item.reason = ItemState.FAILED, _in_words(error)
        item.before, item.version = {}, None
    item.at = now
    item.save()
    return True


def _act(run: BulkRun, item: BulkItem, now: datetime) -> None:
    """The verb itself, with the rights that this person has now, for this case."""
    verb = Verb(run.verb)
    ticket = reachable(run.person, item.ticket.no, verb.permission)
    item.before = bulk_verbs.remembered(verb, ticket)
    done = bulk_verbs.act(verb, ticket, run.words, by=run.person, now=now)
    item.state, item.version = ItemState.DONE, done.version
    item.before["entry"] = bulk_verbs.newest_entry(done)


def _next(run: BulkRun, state: ItemState) -> BulkItem | None:
    rows = BulkItem.objects.select_for_update(of=("self",), skip_locked=True).select_related("ticket")
    return rows.filter(run=run, state=state).order_by("id").first()


def _in_words(error: DomainError) -> str:
    """The sentence as it stands in the code: it is told in the language of whoever reads the report."""
    return (error.detail or (type(error).__doc__ or "").strip())[:LONGEST_REASON]


def _finish(run: BulkRun, now: datetime) -> bool:
    """Close the books once nothing waits; a colleague's worker may still hold the last one."""
    if not run.items.filter(state=ItemState.WAITING).exists():
        BulkRun.objects.filter(pk=run.pk, state=RunState.RUNNING).update(state=RunState.DONE, finished_at=now)
    return False


@transaction.atomic
def undo(*, run_id: int, by: Person, now: datetime) -> BulkRun:
    """Begin the way back; only whoever did it, and only for ten minutes."""
    run = BulkRun.objects.select_for_update().filter(pk=run_id, person=by).first()
    if run is None:
        raise NotFound
    if run.state == RunState.UNDOING:
        return run
    if not run.can_be_undone(now):
        raise CannotBeUndone
    run.state, run.undone_at = RunState.UNDOING, now
    run.save(update_fields=["state", "undone_at"])
    jobs.enqueue("desk.bulk.undo", delay=RESCUE_AFTER if is_short(run) else None, run_id=run.pk)
    return run


def work_back(*, run_id: int, now: datetime, at_most: int = 20) -> bool:
    """Bring some cases of a run back to what they were; is there more to do?"""
    run = BulkRun.objects.select_related("person").get(pk=run_id)
    if run.state != RunState.UNDOING:
        return False
    for _turn in range(at_most):
        if not _bring_back_next(run, now):
            if not run.items.filter(state=ItemState.DONE).exists():
                BulkRun.objects.filter(pk=run.pk).update(state=RunState.UNDONE)
            return False
    return True


@transaction.atomic
def _bring_back_next(run: BulkRun, now: datetime) -> bool:
    item = _next(run, ItemState.DONE)
    if item is None:
        return False
    try:
        with transaction.atomic():
            _bring_back(run, item, now)
        item.state = ItemState.UNDONE
    except DomainError as error:
        item.state, item.reason = ItemState.KEPT, _in_words(error)
    item.at = now
    item.save()
    return True


class ChangedSince(DomainError):
    """之后已有人改过这张工单，保持现状。"""


def _bring_back(run: BulkRun, item: BulkItem, now: datetime) -> None:
    verb = Verb(run.verb)
    ticket = Ticket.objects.locked(pk=item.ticket_id)
    reachable(run.person, ticket.no, verb.permission)
    if ticket.version != item.version and bulk_verbs.somebody_wrote(ticket, after=item.before["entry"]):
        raise ChangedSince(ticket=ticket.no)
    bulk_verbs.undo(verb, ticket, item.before, by=run.person, now=now)
