"""A conversation as each side may see it: the customer without notes, colleagues with all of it."""

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from huhang.channels.models import Address, Conversation, Entrance, Message
from huhang.channels.rules import typing
from huhang.channels.rules.conversation import Side
from huhang.channels.rules.visitors import hash_of
from huhang.kit.languages import shown
from huhang.kit.readings import Given, Reading
from huhang.network.models import Person

TALK = "channels.talk"
SUPERVISE = "channels.supervise"
AT_ONCE = 200
MAY_CHANGE = 30


ENTRANCE = Reading(
    lambda: Entrance.objects.filter(key=Given("key"), is_active=True, account__adapter="").select_related(
        "account", "queue", "calendar", "unit"
    )
)
VISITOR = Reading(
    lambda: Address.objects.filter(
        account=Given("account"), address=Given("address"), is_blocked=False
    ).select_related("contact")
)
# What is read for every word, on either side: no wider than that needs.
NAMED = Reading(
    lambda: Conversation.objects.filter(
        no=Given("no"), address__address=Given("address"), address__is_blocked=False
    ).select_related("entrance__account", "address", "agent", "draft")
)
OF_NUMBER = Reading(
    lambda: Conversation.objects.filter(no=Given("no")).select_related(
        "entrance__account", "agent", "contact", "preview", "draft"
    )
)
FOR_CUSTOMER = Reading(
    lambda: (
        Message.objects.filter(conversation=Given("talk"), seq__gt=Given("after"))
        .exclude(side=Side.NOTE)
        .order_by("seq")[:AT_ONCE]
    )
)
FOR_COLLEAGUES = Reading(
    lambda: (
        Message.objects.filter(conversation=Given("talk"), seq__gt=Given("after"))
        .select_related("by", "outgoing")
        .order_by("seq")[:AT_ONCE]
    )
)


def entrance_of(key: str) -> Entrance | None:
    """An entrance that is open to customers on a page of ours."""
    return ENTRANCE.first(key=key)


def visitor(entrance: Entrance, secret: str) -> Address | None:
    """Who comes with this secret; the table knows only its hash."""
    return VISITOR.first(account=entrance.account_id, address=hash_of(secret)) if secret else None


def named(key: str, no: str, secret: str) -> Conversation | None:
    """The talk of this number, if this visitor has it and this entrance is open to them."""
    found = NAMED.first(no=no, address=hash_of(secret)) if no and secret else None
    if found is None or found.address.account_id != found.entrance.account_id:
        return None
    entrance = found.entrance
    is_open = entrance.is_active and entrance.account is not None and not entrance.account.adapter
    return found if is_open and entrance.key == key else None


def running(address: Address, entrance: Entrance) -> Conversation | None:
    """The visitor's open conversation at this entrance."""
    found = Conversation.objects.open().filter(address=address, entrance=entrance)
    return (
        found.select_related("entrance__calendar", "queue", "agent", "contact").order_by("-opened_at").first()
    )


def reachable(person: Person, no: str, permission: str = TALK) -> Conversation | None:
    """The conversation of this number if it lies in the person's reach."""
    found = OF_NUMBER.first(no=no)
    return found if found and person.may(permission, found.path) else None


def for_customer(conversation: Conversation, *, after: int) -> list[Message]:
    """What a customer has not got yet: no notes, oldest first."""
    return FOR_CUSTOMER.rows(talk=conversation.pk, after=after)


def for_colleagues(conversation: Conversation, *, after: int = 0) -> list[Message]:
    """All that was said, oldest first."""
    return FOR_COLLEAGUES.rows(talk=conversation.pk, after=after)


def on_their_way(conversation: Conversation, *, up_to: int) -> list[Message]:
    """Of the latest words that a page has, those that may look different by now: sent by a vendor, or with files."""
    if conversation.entrance.account is None or not conversation.entrance.account.adapter:
        return []  # on a page of ours a word has arrived when it is there, with its files
    shown = conversation.messages.filter(seq__lte=up_to, seq__gt=up_to - MAY_CHANGE)
    moving = shown.filter(Q(outgoing__isnull=False) | Q(fetches__isnull=False)).order_by("seq").distinct()
    return list(moving.select_related("by", "outgoing"))


def file_in(conversation: Conversation, name: str, *, for_customer: bool) -> dict[str, Any] | None:
    """A file of this conversation: its facts, or None when it is somebody else's."""
    rows = conversation.messages.filter(files__contains=[{"file": name}])
    message = (rows.exclude(side=Side.NOTE) if for_customer else rows).first()
    return next((one for one in message.files if one["file"] == name), None) if message else None


def is_typing(conversation: Conversation, now: datetime) -> bool:
    """Is somebody writing to the customer just now?"""
    draft = getattr(conversation, "draft", None)
    return draft is not None and typing.is_shown(draft.text, draft.at, now=now)


def sentence(message: Message) -> str:
    """A word of the house in the reader's language, moments in the reader's zone."""
    told = dict(message.data.get("words", {}))
    if promised := told.get("promised"):
        told["promised"] = f"{timezone.localtime(datetime.fromisoformat(promised)):%m-%d %H:%M}"
    return shown(message.text).format(**told) if told else shown(message.text)
