"""Links by which a television shows a wall without a log-in: made, counted as seen, revoked."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction

from huhang.desk.models import ScreenLink
from huhang.desk.queries.screens import PERMISSION
from huhang.kit import audit
from huhang.kit.errors import NotAllowed, NotFound
from huhang.network.models import OrgUnit, Person
from huhang.network.queries.units import UnknownUnit

VALID_FOR = timedelta(days=365)
SEEN_EVERY = timedelta(minutes=15)
TOKEN_BYTES = 24


@transaction.atomic
def make(*, unit_code: str, name: str, by: Person, now: datetime) -> tuple[ScreenLink, str]:
    """A link to a unit's wall and its token; only the hash is kept, so it can be shown just once."""
    unit = OrgUnit.objects.filter(code=unit_code, is_active=True).first()
    if unit is None or not by.may("desk.see", unit.path):
        raise UnknownUnit(unit_code)
    _allowed(by, unit)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = ScreenLink.objects.create(
        unit=unit, name=name, token_hash=hash_of(token), created_at=now, created_by=by.get_username(),
        expires_at=now + VALID_FOR,
    )  # fmt: skip
    _recorded("desk.screen.made", link, by, now)
    return link, token


@transaction.atomic
def revoke(*, link_id: int, by: Person, now: datetime) -> ScreenLink:
    """The screen goes dark at its next look; revoked twice is revoked once."""
    link = (
        ScreenLink.objects.select_for_update(of=("self",)).select_related("unit").filter(pk=link_id).first()
    )
    if link is None or not by.may(PERMISSION, link.unit.path):
        raise NotFound(screen=link_id)
    if link.revoked_at is None:
        link.revoked_at, link.revoked_by = now, by.get_username()
        link.save()
        _recorded("desk.screen.revoked", link, by, now)
    return link


def unit_of(token: str, *, now: datetime) -> OrgUnit:
    """The unit whose wall a token shows; wrong, expired and revoked ones are all simply not found."""
    link = (
        ScreenLink.objects.select_related("unit")
        .filter(token_hash=hash_of(token), revoked_at__isnull=True, expires_at__gt=now, unit__is_active=True)
        .first()
    )
    if link is None:
        raise NotFound
    if link.seen_at is None or link.seen_at < now - SEEN_EVERY:
        ScreenLink.objects.filter(pk=link.pk).update(seen_at=now)
    return link.unit


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def _allowed(by: Person, unit: OrgUnit) -> None:
    if not by.may(PERMISSION, unit.path):
        raise NotAllowed(permission=PERMISSION)


def _recorded(verb: str, link: ScreenLink, by: Person, now: datetime) -> None:
    audit.record(
        actor=by.get_username(), verb=verb, subject=f"screen:{link.pk}", now=now,
        after={"unit": link.unit.code, "name": link.name},
    )  # fmt: skip
