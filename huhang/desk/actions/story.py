"""Writing a line of a case's story, and telling the pages that show it."""

from datetime import datetime

from huhang.desk.models import Entry, Ticket
from huhang.desk.rules.kinds import SYSTEM, EntryKind
from huhang.kit import live, search
from huhang.network.models import Person


def name_of(by: Person | None) -> str:
    """How an actor is recorded; None is the system itself."""
    return by.get_username() if by else SYSTEM


def tell(
    ticket: Ticket, kind: EntryKind, text: str, *, by: Person | None, now: datetime, signed: str = ""
) -> Entry:
    """Append what somebody wrote; inside the caller's transaction."""
    return Entry.objects.create(
        ticket=ticket, kind=kind, text=text, by=name_of(by), signed=signed, at=now,
        search=search.tsvector_text(text),
    )  # fmt: skip


def happened(ticket: Ticket, sentence: str, *, by: Person | None, now: datetime, **words: str) -> Entry:
    """Append an event: a sentence marked with `gettext_noop`, and the words for its places."""
    return Entry.objects.create(
        ticket=ticket, kind=EntryKind.EVENT, text=sentence, words=words, by=name_of(by), at=now
    )


def happened_once(ticket: Ticket, sentence: str, *, now: datetime, **words: str) -> None:
    """Append an event of the system's own, unless the story has it already."""
    if not ticket.entries.filter(kind=EntryKind.EVENT, text=sentence, words=words).exists():
        happened(ticket, sentence, by=None, now=now, **words)
        changed(ticket)


def changed(ticket: Ticket) -> None:
    """Save the new version and let every page that shows this case fetch it again."""
    ticket.version += 1
    ticket.save()
    announce(ticket)


def announce(ticket: Ticket) -> None:
    """Every page below which the case happened, or above which somebody owes a step, hears of it."""
    live.announce_many("desk.ticket", places(ticket))


def places(ticket: Ticket) -> list[tuple[str, str]]:
    """Where a case is announced: (path, number) of each unit that no other of them stands below."""
    leaves = {ticket.path, ticket.at_path, *ticket.at_from}
    lowest = [path for path in leaves if not any(o != path and o.startswith(path) for o in leaves)]
    return [(path, ticket.no) for path in lowest]
