"""Members of our own websites: known without a code, because the site where they signed in has signed who they are."""

import secrets
from datetime import datetime

from django.db import transaction

from huhang.channels.actions import hearing, proving, talking
from huhang.channels.models import Account, Contact, Entrance
from huhang.channels.rules.members import member_of
from huhang.channels.rules.numbers import is_mobile, plain
from huhang.channels.rules.pace import ON_OUR_PAGE
from huhang.kit import audit
from huhang.kit.errors import BadInput
from huhang.network.models import Person

# Under this name the key lies among the account's secrets.
KEY = "member_key"
KEY_BYTES = 32


class NotSigned(BadInput):
    """登录信息无效或已过期，请重新登录网站。"""


class NoPageOfOurs(BadInput):
    """只有网页和 H5 的聊天入口可以对接会员登录。"""


@transaction.atomic
def renew_key(entrance: Entrance, *, by: Person, now: datetime, address: str) -> str:
    """A new key with which the website signs from now on; the one before signs nothing any more. Shown once."""
    if entrance.kind not in ON_OUR_PAGE or entrance.account is None:
        raise NoPageOfOurs(entrance=entrance.key)
    account = Account.objects.select_for_update(of=("self",)).get(pk=entrance.account.pk)
    key = secrets.token_urlsafe(KEY_BYTES)
    account.secrets = {**account.secrets, KEY: key}
    account.save(update_fields=["secrets"])
    audit.record(
        actor=by.get_username(), verb="entrance.member_key", subject=entrance.key, now=now, address=address
    )
    return key


@transaction.atomic
def recognise(no: str, token: str, *, now: datetime) -> Contact:
    """Whoever talks is who the website says: joined with all that they said as that member. Again changes nothing."""
    talk = talking.locked(no)
    member = member_of(token, talk.address.account.secrets.get(KEY, ""), now=now)
    if member is None:
        raise NotSigned(conversation=no)
    before, address = talk.contact_id, talk.address
    contact = hearing.bind(address, member.number, now=now)
    if is_mobile(plain(member.phone)) and contact.phone != plain(member.phone):
        contact = hearing.prove(address, member.phone, now=now)
    if member.name and not contact.name:
        contact.name = member.name
        contact.save(update_fields=["name"])
    if contact.pk != before or talk.follows_id is None:
        talk.contact = contact
        proving.goes_on(talk, now=now)
    return contact
