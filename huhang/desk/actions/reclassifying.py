"""Making a case the kind that it turned out to be: what was taken for a question is a complaint."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_noop as _

from huhang.desk.actions import clocks, steps
from huhang.desk.actions.living import living
from huhang.desk.actions.opening import OWED_FROM_THE_START, owed
from huhang.desk.actions.planning import plan_for, planned
from huhang.desk.actions.steps import NotTheOwner
from huhang.desk.actions.story import changed, happened
from huhang.desk.actions.weighing import choose_again
from huhang.desk.models import Step, Ticket
from huhang.desk.models.ticket import KIND_WORDS
from huhang.desk.queries.ownership import answers_for
from huhang.desk.rules.kinds import OUR_OWN, Closing, Kind, Obligation, StepState
from huhang.journey.models import Waybill
from huhang.kit import audit
from huhang.kit.errors import DomainError
from huhang.metrics.actions import tally
from huhang.network.models import OrgUnit, Person


class NotAKindToChoose(DomainError):
    """预警、追查令和回访各有自己的开法，不能改成别的类型，别的类型也不能改成它们。"""


@transaction.atomic
def reclassify(
    *, ticket_no: str, kind: Kind, answers: Mapping[str, str], reason: str, by: Person, now: datetime
) -> Ticket:
    """Make a running case another kind, by the word of whoever answers for it.

    Owner, story and number stay. Clocks go by the policies of the new kind from their own start, with both values
    on record; what this kind owes besides begins when it would have. A promise of the law that has begun runs on:
    no case escapes it by another name. Steps that are not over are dropped and the new plan begins; whoever had
    one goes on with the step that falls to the same unit.
    """
    ticket = living(ticket_no)
    if not answers_for(by, ticket):
        raise NotTheOwner(ticket=ticket_no)
    before = Kind(ticket.kind)
    if before == kind:
        return ticket
    if before in OUR_OWN or kind in OUR_OWN:
        raise NotAKindToChoose(kind=(before if before in OUR_OWN else kind).value)
    ticket.kind, ticket.answers = kind, {**ticket.answers, **answers}
    to_the_customer = [one for one in Obligation if one != Obligation.STEP]
    choose_again(ticket, to_the_customer, by=by.get_username(), reason=reason, now=now)
    _owe_the_rest(ticket, now)
    _plan_anew(ticket, reason, by, now)
    _count_as(ticket, before)
    words = {"before": KIND_WORDS[before], "after": KIND_WORDS[kind], "reason": reason}
    happened(ticket, _("类型由%(before)s改为%(after)s：%(reason)s"), by=by, now=now, **words)
    audit.record(
        actor=by.get_username(), verb="desk.ticket.reclassified", subject=f"ticket:{ticket.no}", now=now,
        reason=reason, before={"kind": before.value}, after={"kind": kind.value},
    )  # fmt: skip
    clocks.refresh_deadline(ticket)
    changed(ticket)
    return ticket


def _owe_the_rest(ticket: Ticket, now: datetime) -> None:
    """Promises that the kind brings and the case has never had."""
    policies = clocks.policies_for(ticket)
    had = set(ticket.clocks.values_list("obligation", flat=True))
    new = [one for one in OWED_FROM_THE_START if one in policies and one not in had]
    for clock in owed(ticket, new, policies, now=now):
        clock.save()


def _count_as(ticket: Ticket, before: Kind) -> None:
    """It was opened as what it is now: figures of that minute and the lists behind them stay the same."""
    moved = ((before, "opened-not-as", -1), (ticket.kind, "opened-as", 1))
    tally.count_many(
        tally.Count(
            f"desk.ticket.opened.{kind}", ticket.opened_at, ticket.path, f"{way}:{ticket.pk}:{ticket.version}", amount
        )
        for kind, way, amount in moved
    )  # fmt: skip


def _plan_anew(ticket: Ticket, reason: str, by: Person, now: datetime) -> None:
    plan = plan_for(ticket.kind, "")
    ticket.closing = plan.closing if plan else Closing.LAST_STEP
    left = ticket.steps.filter(state__in=[StepState.OPEN, StepState.WAITING]).select_related("handler")
    handlers = {step.unit_id: step.handler for step in left if step.handler}
    steps.drop(ticket, left, reason=reason, by=by, now=now)
    last = ticket.steps.aggregate(last=Max("order"))["last"] or 0
    for step in planned(ticket, plan, origin=_origin(ticket)):
        step.order += last
        step.save()
    for step in steps.go_on(ticket, now=now):
        if handler := handlers.get(step.unit_id):
            Step.objects.filter(pk=step.pk).update(handler=handler, claimed_at=now)


def _origin(ticket: Ticket) -> OrgUnit | None:
    """Where the parcel was taken in, as when a case is opened."""
    row = (
        Waybill.objects.select_related("origin").filter(no=ticket.waybill_no).first()
        if ticket.waybill_no
        else None
    )
    return row.origin if row else None
