"""Time at the desk: clocks that fall due."""

from django.utils import timezone
from django.utils.translation import pgettext_lazy

from huhang.desk.actions import (
    appeal_import,
    bulk,
    chatting,
    clocks,
    counting_views,
    counting_walls,
    following,
    leaving,
    presence,
    proving,
    rounds,
    ticket_import,
    weighing,
)
from huhang.desk.queries import replaying
from huhang.desk.rules.appeal_rows import AppealRow
from huhang.desk.rules.ticket_rows import TicketRow
from huhang.kit import file_store, jobs
from huhang.kit.doctor import Finding, check, fine, trouble
from huhang.kit.imports import importer
from huhang.kit.ticking import every

importer("tickets", label=pgettext_lazy("several", "工单"), row=TicketRow, permission=ticket_import.OPEN)(
    ticket_import.open_row
)
importer("appeals", label=pgettext_lazy("several", "监管转办"), row=AppealRow, permission=ticket_import.OPEN)(
    appeal_import.open_row
)


@every(seconds=0.5)
def fire_due_clocks() -> None:
    clocks.fire_due(now=timezone.now())


@every(seconds=1)
def let_answers_leave() -> None:
    leaving.leave_due(now=timezone.now())


@every(seconds=5)
def tell_followers_of_breaches() -> None:
    following.tell_of_breaches(now=timezone.now())


@every(seconds=600)
def forget_who_was_where() -> None:
    presence.purge(now=timezone.now())


@every(seconds=3600)
def count_what_prevention_did() -> None:
    proving.count_due(now=timezone.now())


@every(seconds=6 * 3600)
def sweep_files_that_no_case_knows() -> None:
    file_store.sweep(now=timezone.now())


@every(seconds=1)
def give_cases_to_seats() -> None:
    rounds.assign_waiting(now=timezone.now())


@every(seconds=5)
def take_cases_back_from_empty_seats() -> None:
    rounds.go_round(now=timezone.now())


@every(seconds=0.2, line="chats")
def give_conversations_to_seats() -> None:
    chatting.give_waiting(now=timezone.now())


@every(seconds=1, line="chats")
def take_conversations_back_from_empty_seats() -> None:
    chatting.bring_back(now=timezone.now())


@jobs.job("desk.bulk.work")
def work_off_a_bulk_run(*, run_id: int) -> None:
    while bulk.work(run_id=run_id, now=timezone.now()):
        pass


@jobs.job("desk.bulk.undo")
def take_a_bulk_run_back(*, run_id: int) -> None:
    while bulk.work_back(run_id=run_id, now=timezone.now()):
        pass


@every(seconds=3)
def count_what_views_hold() -> None:
    counting_views.refresh(now=timezone.now())


@every(seconds=2)
def count_what_walls_show() -> None:
    counting_walls.refresh(now=timezone.now())


@jobs.job("desk.policy.reach")
def let_a_policy_reach_cases(*, policy_id: int, by: str, after: int) -> None:
    weighing.repolicy(policy_id=policy_id, by=by, after=after, now=timezone.now())


@check("回复")
def no_answer_is_stuck() -> Finding:
    """Answers leave within seconds; those that wait for minutes mean that no worker runs."""
    waiting = leaving.overdue(now=timezone.now())
    if waiting:
        return trouble(f"{waiting} 条给客户的回复过了撤回时间还没有发出，请检查 worker 是否在运行。")
    return fine("给客户的回复都已发出。")


@check("时钟")
def clocks_are_what_their_history_says() -> Finding:
    """The newest clocks and those about to call, each lived again from its start, terms and pauses."""
    found = replaying.sample()
    differing = replaying.differing(found, now=timezone.now())
    if not differing:
        return fine(f"重算了 {len(found)} 个时钟，与登记一致。")
    named = "；".join(
        f"{clock.ticket.no} {clock.obligation}（{'、'.join(what)}）"
        for clock, what in list(differing.items())[:5]
    )
    return trouble(f"{len(differing)} 个时钟与其历史不符：{named}。")
