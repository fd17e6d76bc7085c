"""From a fact to a word in a conversation: which entrance, who it is, which talk, and who is owed an answer."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from huhang.channels.actions import allowances, fetching, lines, words
from huhang.channels.models import Account, Address, Contact, Conversation, Entrance, Message
from huhang.channels.rules import pace
from huhang.channels.rules.conversation import Side, Stage
from huhang.channels.rules.entrances import CHATS, EntranceKind
from huhang.channels.rules.incoming import Incoming
from huhang.channels.rules.matter import Sort
from huhang.channels.rules.numbers import is_mobile, plain
from huhang.kit import hot
from huhang.kit.errors import NotFound

NUMBER = "SELECT nextval('channels_conversation_no')"
# By what people are known for sure; everything else about them is hearsay.
MARKS = ("phone", "member")


class NoEntrance(NotFound):
    """没有入口接收这个账号的消息；请在“入口”里为它建立一个。"""


@transaction.atomic
def hear(account: Account, fact: Incoming, *, now: datetime) -> Message | None:
    """Make a word of a fact, once; None when it was a sign without words that nobody must answer."""
    key = f"in:{account.key}:{fact.external_id}"
    known = Message.objects.filter(key=key).first()
    if known:
        return known
    entrance = entrance_of(account, fact.door)
    address = known_address(account, fact.address, name=fact.name, now=now)
    if entrance.kind == EntranceKind.SMS and not address.contact.phone and is_mobile(plain(fact.address)):
        prove(address, fact.address, now=now)  # by the number they wrote from
    allowances.heard(account, fact)
    if address.is_blocked:
        return None
    conversation = _conversation(entrance, address, fact, now)
    message = words.append(
        conversation, key=key, side=Side.CUSTOMER, sort=fact.sort, text=fact.text, name=fact.name,
        files=words.files_of(fact.media), data=_data(fact), at=fact.at, now=now,
    )  # fmt: skip
    fetching.will_fetch(account, message, now=now)
    if fact.is_automatic:
        return message
    if fact.sort != Sort.EVENT:
        _owe(conversation, now)
    return message


def entrance_of(account: Account, door: str) -> Entrance:
    """The entrance that takes what comes by this door of the account, or by any other one."""
    doors = {row.door: row for row in account.entrances.select_related("queue", "calendar", "unit")}
    found = doors.get(door) or doors.get("")
    if found is None:
        raise NoEntrance(account=account.key, door=door)
    return found


def known_address(account: Account, address: str, *, name: str = "", now: datetime) -> Address:
    """The row of this address, locked: what happens at one address happens one after another."""
    if not Address.objects.filter(account=account, address=address).exists():
        contact = Contact.objects.create(name=name[:80], created_at=now)
        row, is_new = Address.objects.get_or_create(
            account=account, address=address, defaults={"contact": contact, "created_at": now}
        )
        if not is_new:
            contact.delete()  # somebody else was quicker
    row = Address.objects.select_for_update(of=("self",)).select_related("contact").get(
        account=account, address=address
    )  # fmt: skip
    row.heard_at = now
    row.save(update_fields=["heard_at"])
    return row


def prove(address: Address, phone: str, *, now: datetime) -> Contact:
    """This address belongs to whoever owns the phone: join them, and with them all that was said before."""
    return _belongs(address, "phone", plain(phone), now)


def bind(address: Address, member: str, *, now: datetime) -> Contact:
    """The same for whoever is signed in at our website under this number."""
    return _belongs(address, "member", member, now)


def _belongs(address: Address, mark: str, value: str, now: datetime) -> Contact:
    rows = Contact.objects.select_for_update().filter(Q(**{mark: value}) | Q(pk=address.contact_id))
    known = list(rows.order_by("pk"))
    contact = next(row for row in known if row.pk == address.contact_id)
    owner = next((row for row in known if getattr(row, mark) == value), None)
    if owner is None and not getattr(contact, mark):
        setattr(contact, mark, value)
        contact.proven_at = now
        contact.save(update_fields=[mark, "proven_at"])
        owner = contact
    owner = owner or Contact.objects.create(name=contact.name, proven_at=now, created_at=now, **{mark: value})
    if owner.pk != contact.pk:
        _join(contact, owner, address, now)
    address.contact = owner
    return owner


def _join(contact: Contact, owner: Contact, address: Address, now: datetime) -> None:
    """Who was nobody yet, or is known by another mark, is the same person.

    Another number than before is another person, who takes along this address and what is still being said there.
    """
    marks = {name: getattr(contact, name) for name in MARKS if getattr(contact, name)}
    is_one = all(getattr(owner, name) in ("", mark) for name, mark in marks.items())
    talks = Conversation.objects.filter(contact=contact)
    if not is_one:
        talks.open().filter(address=address).update(contact=owner)
        Address.objects.filter(pk=address.pk).update(contact=owner)
        return
    talks.update(contact=owner)
    Address.objects.filter(contact=contact).update(contact=owner)
    Contact.objects.filter(pk=contact.pk).update(**dict.fromkeys(MARKS, ""))
    for name, mark in marks.items():
        setattr(owner, name, mark)
    owner.proven_at = now
    owner.save(update_fields=[*MARKS, "proven_at"])


def open_conversation(
    entrance: Entrance,
    address: Address,
    *,
    at: datetime,
    follows: Conversation | None = None,
    spoken: str = "",
    **facts: object,
) -> Conversation:
    """A new talk, with nobody asked for yet; one that goes on with an earlier one stands in the same line.

    `spoken` is the language in which this person reads us now.
    """
    drawn = hot.row(NUMBER, {})
    assert drawn is not None
    queue = follows.queue if follows and follows.queue.is_active else entrance.queue
    if follows is None and (follows := elsewhere(address.contact, address, now=at)):
        facts["waybill_no"] = facts.get("waybill_no") or follows.waybill_no
    return Conversation.objects.create(
        no=f"C{drawn[0]:08d}", entrance=entrance, address=address, contact=address.contact, follows=follows,
        queue=queue, path=entrance.path,
        language=address.contact.language or spoken or entrance.language, opened_at=at, **facts,
    )  # fmt: skip


def elsewhere(contact: Contact, address: Address, *, now: datetime, but: int = 0) -> Conversation | None:
    """The last talk that this person had by another way, if they have proven who they are and it is not long ago."""
    if not (contact.phone or contact.member):
        return None
    others = Conversation.objects.filter(contact=contact).exclude(address=address).exclude(pk=but)
    is_fresh = Q(closed_at__isnull=True) | Q(closed_at__gt=now - pace.ELSEWHERE_FOR)
    was_served = Q(agent__isnull=False) | Q(owed_from__isnull=False)
    found = others.filter(is_fresh, was_served).select_related("queue", "agent")
    return found.order_by("-opened_at").first()


def _conversation(entrance: Entrance, address: Address, fact: Incoming, now: datetime) -> Conversation:
    """The talk that goes on, or a new one. A mail belongs to the talk whose letters it answers."""
    running = Conversation.objects.open().select_for_update(of=("self",)).filter(address=address)
    if fact.thread:
        found = running.filter(threads__overlap=[*fact.thread, fact.external_id]).first()
    else:
        found = running.filter(entrance=entrance).order_by("-opened_at").first()
    if found is None:
        earlier = _earlier(entrance, address, fact, now)
        found = open_conversation(entrance, address, at=now, follows=earlier, **_matter(fact, earlier))
    if fact.thread:
        found.threads = list(dict.fromkeys([*found.threads, *fact.thread, fact.external_id]))[-50:]
    return found


def _matter(fact: Incoming, earlier: Conversation | None) -> dict[str, Any]:
    """What it is about, as far as is said; whoever answers need not say it again."""
    said: dict[str, Any] = {
        "subject": fact.subject[:200], "waybill_no": fact.extra.get("waybill_no", "")[:40],
    }  # fmt: skip
    if earlier is None:
        return said
    return {
        "scenario": earlier.scenario, "threads": earlier.threads,
        **{name: given or getattr(earlier, name) for name, given in said.items()},
    }  # fmt: skip


def _earlier(entrance: Entrance, address: Address, fact: Incoming, now: datetime) -> Conversation | None:
    """The talk that was over already and is answered now: by the letters that are named, else the one of late."""
    over = Conversation.objects.filter(address=address, stage=Stage.CLOSED).select_related("queue")
    if fact.thread:
        return over.filter(threads__overlap=list(fact.thread)).order_by("-opened_at").first()
    return ended_lately(entrance, address, now)


def ended_lately(entrance: Entrance, address: Address, now: datetime) -> Conversation | None:
    """The last talk of this address here, if a word that names none still goes on with it."""
    over = Conversation.objects.filter(address=address, entrance=entrance, stage=Stage.CLOSED)
    last = over.select_related("queue").order_by("-opened_at").first()
    if last is None or last.closed_at is None or not pace.goes_on(entrance.kind, last.closed_at, now=now):
        return None
    return last


def _owe(conversation: Conversation, now: datetime) -> None:
    """Somebody must answer: at once where people sit before a screen, else by the promised time."""
    conversation.customer_spoke_at = now
    conversation.owed_from = conversation.owed_from or now
    if conversation.stage == Stage.SELF_SERVICE:
        # At a vendor's there is no page of ours that could offer anything first.
        if conversation.entrance.kind in CHATS:
            lines.ask_for_somebody(conversation, now=now)
        else:
            lines.leave_message(conversation, now=now)
    else:
        conversation.save()


def _data(fact: Incoming) -> dict[str, object]:
    return {
        name: value
        for name, value in (("event", fact.event), ("key", fact.event_key), ("extra", dict(fact.extra)))
        if value
    }
