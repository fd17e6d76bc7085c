"""After a call: what it was about and what came of it, by whoever talked."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from huhang.channels.actions import call_backs, calls
from huhang.channels.models import Call, CallReport
from huhang.channels.rules.call_life import Outcome, Phase
from huhang.channels.rules.call_reports import CallReason, CallResult
from huhang.kit.errors import DomainError, NotFound
from huhang.network.models import Person


class NothingToReport(DomainError):
    """这通电话没有接通，不需要填写小结。"""


@dataclass(frozen=True, slots=True)
class Report:
    """What is written down."""

    reason: CallReason
    result: CallResult
    note: str = ""
    waybill_no: str = ""
    case_no: str = ""


@transaction.atomic
def write(*, call_id: int, report: Report, by: Person, now: datetime) -> CallReport:
    """Write it down, or correct it. Of a call that is over that ends the writing; one that goes on goes on."""
    call = mine(call_id, by)
    if call.outcome != Outcome.ANSWERED:
        raise NothingToReport(call=call_id)
    before = CallReport.objects.filter(call=call).first()
    row, _is_new = CallReport.objects.update_or_create(
        call=call,
        defaults={
            "by": by, "at": now, "reason": report.reason, "result": report.result, "note": report.note[:1000],
            "waybill_no": report.waybill_no[:40],
            "case_no": report.case_no or (before.case_no if before else ""),
        },
    )  # fmt: skip
    if report.result == CallResult.CALL_AGAIN and (before is None or before.result != CallResult.CALL_AGAIN):
        call_backs.promise(call, by=by, now=now)
    if call.phase == Phase.AFTER_CALL:
        calls.after_call(call=call.pk, is_done=True, by=by, now=now)
    return row


def mine(call_id: int, by: Person) -> Call:
    """A call that this person has or had; anybody else's is not there.

    Not locked: what a switch tells is written under the lock of its account, and calls after that.
    """
    rows = Call.objects.select_related("account", "queue", "customer")
    call = rows.filter(pk=call_id, person=by).first()
    if call is None or not by.may(call_backs.ANSWER, call.path):
        raise NotFound(call=call_id)
    return call
