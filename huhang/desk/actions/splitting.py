"""Making two cases of one: what the customer wrote about something else gets a case and a promise of its own."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop as _

from huhang.desk.actions import carrying, clocks, winding
from huhang.desk.actions.carrying import Carried
from huhang.desk.actions.opening import Opening, open_ticket
from huhang.desk.actions.story import changed, happened
from huhang.desk.actions.tickets import respond
from huhang.desk.models import CaseLink, Entry, Ticket
from huhang.desk.rules.kinds import ClockState, EntryKind, Kind, Obligation, Priority
from huhang.desk.rules.linking import LinkKind
from huhang.kit.errors import BadInput, NotFound
from huhang.network.models import Courier, OrgUnit, Person
from huhang.network.queries.units import UnknownUnit

# What one may take along: what people wrote, not what happened.
TAKEN = (EntryKind.FROM_CUSTOMER, EntryKind.TO_CUSTOMER, EntryKind.NOTE)
# The customer's promises count from when the customer spoke; a department's from when it is asked.
OF_THE_CUSTOMER = tuple(obligation for obligation in Obligation if obligation != Obligation.STEP)


class NothingChosen(BadInput):
    """请至少选一条消息。"""


@transaction.atomic
def split(
    *,
    ticket_no: str,
    entry_ids: Sequence[int],
    title: str,
    kind: Kind,
    unit_code: str,
    by: Person,
    now: datetime,
    attachment_ids: Sequence[int] = (),
    carried: Carried = Carried.BOTH,
) -> Ticket:
    """Open a case about some messages of another. Its promises count from the first of these messages.

    Files go along when they are chosen: moved, or shown in both.

    The same messages chosen twice are the same case.
    """
    ticket = Ticket.objects.locked(no=ticket_no)
    entries = _chosen(ticket, entry_ids)
    unit = OrgUnit.objects.filter(code=unit_code, is_active=True).first()
    if unit is None:
        raise UnknownUnit(unit_code)
    made, is_new = open_ticket(_opening(ticket, entries, title, kind, unit), by=by, now=now)
    if not is_new:
        return made
    made = Ticket.objects.locked(pk=made.pk)
    files = carrying.chosen(ticket, attachment_ids)
    carrying.carry(files, made, _copy(entries, made), carried)
    _count_from(made, entries, now)
    CaseLink.objects.create(ticket=made, other=ticket, kind=LinkKind.SPLIT_FROM, at=now, by=by.get_username())
    happened(ticket, _("拆分出%(made)s"), by=by, now=now, made=made.no)
    happened(made, _("由%(from)s拆分"), by=by, now=now, **{"from": ticket.no})
    if files:
        said = (
            _("%(number)s 个附件移到%(made)s")
            if carried == Carried.MOVED
            else _("%(number)s 个附件也放进%(made)s")
        )
        happened(ticket, said, by=by, now=now, number=str(len(files)), made=made.no)
    changed(ticket)
    changed(made)
    return made


def _chosen(ticket: Ticket, entry_ids: Sequence[int]) -> list[Entry]:
    """The lines meant, oldest first; a line of another case is as if not there."""
    wanted = sorted(set(entry_ids))
    found = list(ticket.entries.filter(pk__in=wanted, kind__in=TAKEN).order_by("at", "pk"))
    if not wanted:
        raise NothingChosen
    if len(found) < len(wanted):
        raise NotFound(entries=wanted)
    return found


def _opening(ticket: Ticket, entries: list[Entry], title: str, kind: Kind, unit: OrgUnit) -> Opening:
    courier = ticket.courier if unit.pk == ticket.unit_id else None
    assert courier is None or isinstance(courier, Courier)
    return Opening(
        kind=kind, title=title, unit=unit, source="split",
        source_ref=f"{ticket.no}:" + ",".join(str(entry.pk) for entry in entries),
        waybill_no=ticket.waybill_no, contact_name=ticket.contact_name, contact_phone=ticket.contact_phone,
        courier=courier, priority=Priority(ticket.priority), product=ticket.product, customer=ticket.customer,
        entrance=ticket.entrance, language=ticket.language,
    )  # fmt: skip


def _copy(entries: list[Entry], made: Ticket) -> dict[int, Entry]:
    """The lines stand in both stories, each at its own time; a note stays a note. By the line that each came from."""
    copies = Entry.objects.bulk_create(
        Entry(
            ticket=made, kind=entry.kind, text=entry.text, by=entry.by, signed=entry.signed, at=entry.at,
            words={"copied": entry.pk},
        )
        for entry in entries
    )  # fmt: skip
    return {entry.pk: copy for entry, copy in zip(entries, copies, strict=True)}


def _count_from(made: Ticket, entries: list[Entry], now: datetime) -> None:
    """Let the customer's promises count from the first message; an answer among them was the first response."""
    spoke = next((e.at for e in entries if e.kind == EntryKind.FROM_CUSTOMER), None)
    for clock in made.clocks.filter(obligation__in=OF_THE_CUSTOMER, state=ClockState.RUNNING):
        if spoke:
            clock.started_at = spoke
            winding.rewind(clock)
    answered = next(
        (e.at for e in entries if e.kind == EntryKind.TO_CUSTOMER and spoke and e.at >= spoke), None
    )
    if answered:
        respond(made, now=answered)
    clocks.refresh_deadline(made)
