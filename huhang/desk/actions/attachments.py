"""Pictures, files and references of videos put into a case, and files that no case knows taken away."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from huhang.desk.actions.story import announce, happened
from huhang.desk.models import Attachment, Entry, Step, Ticket
from huhang.desk.rules import attachments as rules
from huhang.desk.rules.attachments import Attached
from huhang.kit import file_store
from huhang.kit.errors import BadInput, DomainError, NotFound
from huhang.kit.file_types import LONGEST_NAME
from huhang.kit.received import Given, Ready, readied
from huhang.network.models import Person


class CaseIsFull(DomainError):
    """这张工单的附件已满，请把重要的内容写在文字里。"""


class NothingToFind(BadInput):
    """请写明是哪个摄像头、什么时间，或录像的地址。"""


def attach(
    *, ticket_no: str, given: Sequence[Given], by: Person | None, now: datetime, is_public: bool = False,
    step_id: int | None = None, entry: Entry | None = None,
) -> list[Attachment]:  # fmt: skip
    """Put files into a case, all of them or none; the same file once more is the one that is there already.

    Decoding comes first, so that no other word of the case waits for it.
    """
    ready = readied(given)
    with transaction.atomic():
        return put(
            ticket=Ticket.objects.locked(no=ticket_no), ready=ready, by=by, now=now, is_public=is_public,
            step_id=step_id, entry=entry,
        )  # fmt: skip


def put(
    *, ticket: Ticket, ready: Sequence[Ready], by: Person | None, now: datetime, is_public: bool,
    step_id: int | None = None, entry: Entry | None = None,
) -> list[Attachment]:  # fmt: skip
    """Write files to disk, then their rows; in the caller's transaction, with the case locked."""
    step = _step_of(ticket, step_id)
    there = {row.sha256: row for row in ticket.attachments.filter(step=step, is_public=is_public)}
    new = {one.sha256: one for one in ready if one.sha256 not in there}
    if not rules.has_room(
        count=ticket.attachments.count(), adding=len(new), most=settings.ATTACHMENTS_PER_CASE
    ):
        raise CaseIsFull(ticket=ticket.no)
    for key, one in new.items():
        there[key] = Attachment.objects.create(
            ticket=ticket, step=step, entry=entry, kind=_kind(one), name=one.name,
            content_type=one.known.content_type, size=len(one.content), sha256=key,
            stored=file_store.keep(one.content), small=file_store.keep(one.small) if one.small else "",
            is_public=is_public, by=by.get_username() if by else "", at=now,
        )  # fmt: skip
        if entry is None:
            happened(ticket, _("添加了附件：%(name)s"), by=by, now=now, name=one.name)
    if new:
        announce(ticket)
    return [there[one.sha256] for one in ready]


def _step_of(ticket: Ticket, step_id: int | None) -> Step | None:
    if step_id is None:
        return None
    step = ticket.steps.filter(pk=step_id).first()
    if step is None:
        raise NotFound(step=step_id)
    return step


@transaction.atomic
def refer(
    *, ticket_no: str, camera: str, reference: str, by: Person, now: datetime, step_id: int | None = None
) -> Attachment:
    """Write down where a video can be found: camera, time or address; nothing is fetched from there."""
    ticket = Ticket.objects.locked(no=ticket_no)
    if not reference.strip():
        raise NothingToFind
    step = _step_of(ticket, step_id)
    name = camera.strip()[:LONGEST_NAME] or gettext("监控记录")
    facts = {"name": name, "reference": reference.strip()[:300], "step": step, "kind": Attached.VIDEO_REF}
    known = ticket.attachments.filter(**facts).first()
    if known:
        return known
    if not rules.has_room(count=ticket.attachments.count(), adding=1, most=settings.ATTACHMENTS_PER_CASE):
        raise CaseIsFull(ticket=ticket.no)
    row = Attachment.objects.create(ticket=ticket, by=by.get_username(), at=now, **facts)
    happened(ticket, _("记下了监控：%(name)s"), by=by, now=now, name=name)
    announce(ticket)
    return row


@transaction.atomic
def show_to_customer(
    *, ticket_no: str, attachment_id: int, is_public: bool, by: Person, now: datetime
) -> Attachment:
    """Let the customer see a file, or no longer."""
    ticket = Ticket.objects.locked(no=ticket_no)
    row = ticket.attachments.exclude(kind=Attached.VIDEO_REF).filter(pk=attachment_id).first()
    if row is None:
        raise NotFound(attachment=attachment_id)
    if row.is_public != is_public:
        row.is_public = is_public
        row.save(update_fields=["is_public"])
        sentence = _("给客户看附件：%(name)s") if is_public else _("不再给客户看附件：%(name)s")
        happened(ticket, sentence, by=by, now=now, name=row.name)
        announce(ticket)
    return row


@file_store.held_by
def _known(names: list[str]) -> set[str]:
    rows = Attachment.objects.filter(Q(stored__in=names) | Q(small__in=names)).values_list("stored", "small")
    return {name for row in rows for name in row}


def _kind(one: Ready) -> Attached:
    return Attached.PICTURE if one.known.is_picture else Attached.FILE
