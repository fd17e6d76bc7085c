"""Keeping what somebody has begun to write, until it is sent."""

from datetime import datetime, timedelta

from django.db import transaction

from huhang.desk.models import Draft, Presence, Ticket
from huhang.desk.rules import drafts as rule
from huhang.desk.rules import presence
from huhang.desk.rules.drafts import DraftKind
from huhang.kit import live
from huhang.kit.errors import DomainError, NotFound
from huhang.network.models import Person

# More than may be sent: two drafts put together are cut by people, not by us.
LONGEST = 8000
TOPIC = "desk.draft"


class DraftNotLeft(DomainError):
    """这份草稿仍由原同事在写，暂时不能接手。"""


@transaction.atomic
def keep(
    *, ticket: Ticket, kind: DraftKind, text: str, tab: str, ago: timedelta, by: Person, now: datetime
) -> Draft | None:
    """Keep what was typed, or forget it when it was emptied; returns what is kept now, maybe another window's.

    Of two windows the later key wins, and the other window is told.
    """
    # The lock makes two windows that begin at once take turns, the row itself being not there yet.
    Person.objects.select_for_update().only("pk").get(pk=by.pk)
    kept = Draft.objects.filter(ticket=ticket, person=by, kind=kind).first()
    typed_at = rule.typed_at(now=now, ago=ago)
    if not rule.holds(typed_at, kept.typed_at if kept else None):
        return kept
    text = text[:LONGEST]
    if not text.strip():
        _forget(kept, tab)
        return None
    draft, _ = Draft.objects.update_or_create(
        ticket=ticket, person=by, kind=kind, defaults={"text": text, "typed_at": typed_at, "tab": tab}
    )
    if kept and kept.tab != tab:
        _tell_windows(draft)
    return draft


def _forget(kept: Draft | None, tab: str) -> None:
    if kept is None:
        return
    kept.delete()
    if kept.tab != tab:
        _tell_windows(kept)


def sent(*, ticket: Ticket, kind: DraftKind, by: Person) -> None:
    """What was sent is no draft any more; inside the caller's transaction."""
    for draft in Draft.objects.filter(ticket=ticket, person=by, kind=kind):
        draft.delete()
        _tell_windows(draft)


def give_back(*, ticket: Ticket, kind: DraftKind, text: str, by: Person, now: datetime) -> None:
    """Words that were sent and taken back are a draft again, behind what was begun meanwhile."""
    begun = Draft.objects.filter(ticket=ticket, person=by, kind=kind).first()
    before = begun.text.strip() if begun else ""
    # The browser may have kept these very words a moment after they were sent.
    words = before if text.strip() in before else "\n".join(filter(None, [before, text]))
    draft, _ = Draft.objects.update_or_create(
        ticket=ticket, person=by, kind=kind, defaults={"text": words[:LONGEST], "typed_at": now, "tab": ""}
    )
    _tell_windows(draft)


@transaction.atomic
def take_over(*, ticket: Ticket, draft_id: int, own: str, by: Person, now: datetime) -> Draft:
    """Make a draft that a colleague left behind one's own; what one has written oneself stays in front of it."""
    left = Draft.objects.select_for_update(of=("self",)).filter(pk=draft_id, ticket=ticket).first()
    if left is None:
        raise NotFound(draft=draft_id)
    is_here = _is_typing(left, now)
    if not rule.is_left_behind(writer=left.person_id, owner=ticket.owner_id, reader=by.pk, is_here=is_here):
        raise DraftNotLeft(draft=draft_id)
    words = [own.strip()] if own.strip() and own.strip() != left.text.strip() else []
    left.delete()
    draft, _ = Draft.objects.update_or_create(
        ticket=ticket, person=by, kind=left.kind,
        defaults={"text": "\n".join([*words, left.text]), "typed_at": now, "tab": ""},
    )  # fmt: skip
    _tell_windows(left)
    _tell_windows(draft)
    return draft


def _is_typing(draft: Draft, now: datetime) -> bool:
    seen = Presence.objects.filter(ticket=draft.ticket_id, person=draft.person_id).first()
    return seen is not None and presence.is_here(seen.seen_at, now=now)


def _tell_windows(draft: Draft) -> None:
    live.announce(TOPIC, ref=ref_of(draft.ticket, draft.person))


def ref_of(ticket: Ticket, person: Person) -> str:
    """The topic of one person's drafts at one case: nobody else listens."""
    return f"{ticket.no}.{person.pk}"
