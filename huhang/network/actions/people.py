"""People, what they are granted, and their programs' tokens."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from huhang.kit import audit
from huhang.kit.errors import BadInput, DomainError, NotFound
from huhang.kit.imports import Outcome
from huhang.network.actions import authority
from huhang.network.actions.saving import put
from huhang.network.models import ApiToken, Grant, OrgUnit, Person
from huhang.network.rules.roles import EVERY_PERMISSION, ROLES, Role
from huhang.network.rules.rows import PersonRow
from huhang.network.rules.tokens import digest_of

PEOPLE = "network.people"
API = "kit.api"
LONGEST_TOKEN_DAYS = 400


class PersonUnknown(NotFound):
    """没有这个人，或您无权查看。"""


class MoreThanOnesOwn(DomainError):
    """您不能授予自己没有的权限。"""

    status = 403


class WeakPassword(BadInput):
    """密码太简单。"""


@transaction.atomic
def save_person(person: PersonRow, *, by: Person | None, now: datetime) -> Outcome:
    """Add a person or bring one to this state; a role in the row is given if it is not held yet."""
    home = authority.unit(person.home, by=by, permission=PEOPLE, field="home") if person.home else None
    existing = Person.objects.filter(username=person.username).first()
    if existing is not None:
        _require_mine(existing, by)
    elif home is None:
        authority.require(by, PEOPLE, "/")
    values = person.said("display_name", "phone", "is_active") | (
        {"home": home} if person.says("home") else {}
    )
    saved, outcome = put(Person.objects.all(), key={"username": person.username}, values=values)
    if outcome is Outcome.CREATED:
        saved.set_unusable_password()
        saved.save(update_fields=["password"])
    given = person.role is not None and _give(saved, person.role, _reach(person, saved), by=by, now=now)
    return Outcome.UPDATED if given and outcome is Outcome.UNCHANGED else outcome


def _reach(row: PersonRow, person: Person) -> str:
    """Where the role of a row holds: as it says, else the person's own unit."""
    return row.unit or (person.home.code if person.home else "")


def get(username: str, *, by: Person | None) -> Person:
    """The person, when `by` keeps the people of that person's unit."""
    person = Person.objects.select_related("home").filter(username=username).first()
    if person is None:
        raise PersonUnknown
    _require_mine(person, by)
    return person


def _require_mine(person: Person, by: Person | None) -> None:
    """Somebody without a unit, and who enters Django's own pages, are kept by those who keep everything.

    A superuser holds no grant, so `_require_own` would not see what a new password or a token for them opens.
    """
    is_operator = person.is_superuser or person.is_staff
    path = person.home.path if person.home and not is_operator else "/"
    if by is not None and not by.may(PEOPLE, path):
        raise PersonUnknown


@transaction.atomic
def give(*, username: str, role: Role, unit_code: str, by: Person | None, now: datetime) -> bool:
    """Give a role over a subtree; whether it was new."""
    return _give(get(username, by=by), role, unit_code, by=by, now=now)


def _give(person: Person, role: Role, unit_code: str, *, by: Person | None, now: datetime) -> bool:
    unit = authority.unit(unit_code, by=by, permission=PEOPLE)
    _require_own(role, unit, by)
    _grant, is_new = Grant.objects.get_or_create(person=person, role=role, unit=unit)
    if is_new:
        _record("network.grant", person, by, now, {"role": role, "unit": unit.code})
    return is_new


@transaction.atomic
def withdraw(*, username: str, grant_id: int, by: Person | None, now: datetime) -> None:
    """Take a role back; taking back what is gone is no error."""
    person = get(username, by=by)
    grant = Grant.objects.select_related("unit").filter(pk=grant_id, person=person).first()
    if grant is None:
        return
    authority.require(by, PEOPLE, grant.unit.path)
    _require_own(Role(grant.role), grant.unit, by)
    grant.delete()
    _record("network.withdraw", person, by, now, {"role": grant.role, "unit": grant.unit.code})


def _require_own(role: Role, unit: OrgUnit, by: Person | None) -> None:
    """Nobody hands out, or takes, more than he holds there himself; so nobody can raise himself either."""
    if by is not None and not all(by.may(permission, unit.path) for permission in ROLES[role].permissions):
        raise MoreThanOnesOwn(field="role")


@transaction.atomic
def set_password(*, username: str, password: str, by: Person | None, now: datetime) -> None:
    """Give somebody a first password; the person changes it at leisure."""
    person = get(username, by=by)
    for grant in person.grants.select_related("unit"):
        # A password is the key to everything that person may do.
        _require_own(Role(grant.role), grant.unit, by)
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise WeakPassword("；".join(error.messages), field="password") from error
    person.set_password(password)
    person.save(update_fields=["password"])
    _record("network.password", person, by, now, None)


@transaction.atomic
def issue_token(
    *,
    username: str,
    name: str,
    days: int,
    by: Person | None,
    now: datetime,
    scopes: Iterable[str] = (),
) -> str:
    """A new API token, returned this once; only its digest is kept. With scopes it may do those things only."""
    wanted = sorted(set(scopes))
    if unknown := set(wanted) - EVERY_PERMISSION:
        raise BadInput(_("没有这项权限：%(names)s") % {"names": "、".join(sorted(unknown))}, field="scopes")
    person = get(username, by=by)
    authority.require(by, API, person.home.path if person.home else "/")
    for grant in person.grants.select_related("unit"):
        _require_own(Role(grant.role), grant.unit, by)
    if not 1 <= days <= LONGEST_TOKEN_DAYS:
        raise BadInput(_("有效期应在 1 到 %(days)d 天之间") % {"days": LONGEST_TOKEN_DAYS}, field="days")
    token = f"hh_{secrets.token_urlsafe(32)}"
    ApiToken.objects.create(
        person=person,
        name=name,
        digest=digest_of(token),
        scopes=wanted,
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    _record("network.token", person, by, now, {"name": name, "days": days, "scopes": wanted})
    return token


@transaction.atomic
def revoke_token(*, username: str, token_id: int, by: Person | None, now: datetime) -> None:
    person = get(username, by=by)
    authority.require(by, API, person.home.path if person.home else "/")
    if person.tokens.filter(pk=token_id).delete()[0]:
        _record("network.token.revoked", person, by, now, {"token": token_id})


def _record(
    verb: str, person: Person, by: Person | None, now: datetime, after: dict[str, object] | None
) -> None:
    actor = by.get_username() if by else ""
    audit.record(actor=actor, verb=verb, subject=f"person:{person.username}", now=now, after=after)
