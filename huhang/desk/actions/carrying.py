"""Files that go along when two cases are made of one: none is lost, and evidence of a step stays with that step."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from huhang.desk.models import Attachment, Entry, Ticket
from huhang.kit import file_store
from huhang.kit.errors import NotFound


class Carried(StrEnum):
    """Whether the case that they come from keeps them as well."""

    BOTH = "both"
    MOVED = "moved"


def chosen(ticket: Ticket, attachment_ids: Sequence[int]) -> list[Attachment]:
    """The files meant, oldest first; one of another case is as if not there."""
    wanted = set(attachment_ids)
    found = list(ticket.attachments.filter(pk__in=wanted))
    if len(found) < len(wanted):
        raise NotFound(attachments=sorted(wanted))
    return found


def carry(rows: Iterable[Attachment], made: Ticket, lines: Mapping[int, Entry], how: Carried) -> None:
    """Put files into the new case, beside the copied line that each came with; both cases must be locked."""
    for row in rows:
        line = lines.get(row.entry_id) if row.entry_id else None
        if how == Carried.MOVED and row.step_id is None:
            row.ticket, row.entry = made, line
            row.save(update_fields=["ticket", "entry"])
        else:
            _copied(row, made, line)


def _copied(row: Attachment, made: Ticket, line: Entry | None) -> Attachment:
    """A file of its own, so that what becomes of either case leaves the other one's alone."""
    return Attachment.objects.create(
        ticket=made, entry=line, kind=row.kind, name=row.name, content_type=row.content_type, size=row.size,
        sha256=row.sha256, stored=_kept(row.stored), small=_kept(row.small), reference=row.reference,
        is_public=row.is_public, by=row.by, at=row.at,
    )  # fmt: skip


def _kept(stored: str) -> str:
    return file_store.keep(file_store.read(stored)) if stored else ""
