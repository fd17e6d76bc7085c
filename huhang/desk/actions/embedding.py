"""Which websites of a business customer may show the progress of its cases in a frame; without a word, none."""

from datetime import datetime

from django.db import transaction

from huhang.desk.models import EmbedOrigin
from huhang.desk.rules.progress import origin_of
from huhang.kit import audit
from huhang.kit.errors import BadInput, NotFound
from huhang.network.models import Customer, Person


class NoSuchWebsite(BadInput):
    """请填写以 https:// 开头的网站地址，如 https://shop.example.com。"""


@transaction.atomic
def allow(*, customer: Customer, address: str, by: Person, now: datetime) -> EmbedOrigin:
    """Let pages of a website frame the progress of this customer's cases."""
    origin = origin_of(address)
    if not origin:
        raise NoSuchWebsite
    row, is_new = EmbedOrigin.objects.get_or_create(
        customer=customer, origin=origin, defaults={"by": by.get_username(), "at": now}
    )
    if is_new:
        _record("desk.embed.allow", customer, origin, by, now)
    return row


@transaction.atomic
def forbid(*, customer: Customer, origin_id: int, by: Person, now: datetime) -> None:
    """Take that back: frames there stay empty from the next load on."""
    row = EmbedOrigin.objects.filter(customer=customer, pk=origin_id).first()
    if row is None:
        raise NotFound(origin=origin_id)
    row.delete()
    _record("desk.embed.forbid", customer, row.origin, by, now)


def _record(verb: str, customer: Customer, origin: str, by: Person, now: datetime) -> None:
    audit.record(
        actor=by.get_username(),
        verb=verb,
        subject=f"customer:{customer.code}",
        now=now,
        after={"origin": origin},
    )
