"""The way out of a word: by the vendor where the customer is; on a page of ours the page shows it."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import translation

from huhang.channels.actions.outgoing import Addressee, send_by_account
from huhang.channels.models import Conversation, Message, Outgoing
from huhang.channels.queries.talks import sentence
from huhang.channels.rules.outgoing import Medium


def spoken_with(conversation: Conversation) -> AbstractContextManager[None]:
    """In the customer's language: what is said to them by the house."""
    return translation.override(conversation.language or settings.LANGUAGE_CODE)


def by_vendor(conversation: Conversation, message: Message, *, now: datetime) -> Outgoing | None:
    """Store an agent's word for the vendor, in the caller's transaction; None where no vendor stands between."""
    return _stored(conversation, message, message.text, now, sort=message.sort, extra=message.data)


def house_word(conversation: Conversation, message: Message, *, now: datetime) -> Outgoing | None:
    """The same for a word of the house, in the customer's language and marked as written by nobody."""
    with spoken_with(conversation):
        return _stored(conversation, message, sentence(message), now, sort="text", extra={"automatic": "1"})


def _stored(
    conversation: Conversation, message: Message, text: str, now: datetime, *, sort: str, extra: Mapping[str, Any]
) -> Outgoing | None:  # fmt: skip
    account = conversation.address.account
    if not account.adapter:
        return None
    medium = Medium.MAIL if account.adapter == "mail" else Medium.CHAT
    return send_by_account(
        key=f"talk:{message.key}"[:200], medium=medium, account=account, address=conversation.address.address,
        to=Addressee(unit=conversation.entrance.unit), text=text, now=now,
        facts={
            "sort": sort, "files": message.files, "thread": conversation.threads,
            "subject": conversation.subject, "door": conversation.entrance.door, "extra": dict(extra),
        },
    )  # fmt: skip
