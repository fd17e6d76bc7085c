"""Accounts as people keep them: added, told their settings and secrets, switched on and off, tried out."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib import import_module
from typing import Any, Protocol, runtime_checkable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from huhang.channels.actions import accounts, switches
from huhang.channels.models import Account, Entrance, SharedToken
from huhang.channels.rules import setup as rules
from huhang.channels.rules.gateway import GatewayAway, GatewayRefused
from huhang.channels.rules.phone import COMMANDED
from huhang.channels.rules.setup import Setup
from huhang.kit import audit
from huhang.kit.errors import BadInput, DomainError
from huhang.network.models import OrgUnit, Person

FOLDER = "huhang.channels.adapters"
# Adapters whose folder has a `setup.py`, in the order in which they are offered.
SORTS = (
    "wechat", "wecom", "weibo", "mail", "aliyun_sms", "tencent_sms", "cmpp", "esl", "ami", "call_http",
)  # fmt: skip
# Words that stand in addresses of pages.
RESERVED = frozenset({"add", "stuck"})
CHANGED = _("已更换")


class KeyTaken(BadInput):
    """这个标识已经被另一个渠道账号使用，请换一个。"""


class IsMissing(BadInput):
    """还有必填的设置没有填写，不能启用。"""


class NetworkUnreadable(BadInput):
    """来源网段写得不对，请像 203.0.113.0/24 这样一行写一个。"""


class CannotBeTried(DomainError):
    """这种账号没有可以测试的连接。"""

    status = 422


class DoesNotAnswer(DomainError):
    """对方没有接受连接。"""

    status = 502


@runtime_checkable
class Tried(Protocol):
    """An adapter that can show, without telling anybody anything, that the vendor lets us in."""

    def try_out(self) -> None:
        """Raises GatewayAway or GatewayRefused."""
        ...


@cache
def setups() -> dict[str, Setup]:
    """What each sort of account must be told, by its adapter's name."""
    return {name: import_module(f"{FOLDER}.{name}.setup").SETUP for name in SORTS}


def setup_of(account: Account) -> Setup | None:
    """None for a door of our own, and for adapters that nobody can set up here."""
    return setups().get(account.adapter)


@transaction.atomic
def add(
    *, key: str, name: str, adapter: str, unit: OrgUnit, by: Person, now: datetime, address: str
) -> Account:
    """A new account, asleep until it knows what it must."""
    if adapter not in setups():
        raise accounts.NoSuchAdapter(account=key)
    if key in RESERVED or Account.objects.filter(key=key).exists():
        raise KeyTaken(key=key)
    account = Account.objects.create(
        key=key, name=name, adapter=adapter, unit=unit, path=unit.path, is_active=False
    )
    audit.record(
        actor=by.get_username(), verb="account.add", subject=key, now=now, address=address,
        after={"name": name, "adapter": adapter, "unit": unit.path},
    )  # fmt: skip
    return account


@transaction.atomic
def change(
    account_id: int, *, name: str, told: Mapping[str, str], networks: list[str], fallback: Entrance | None,
    is_active: bool, by: Person, now: datetime, address: str,
) -> Account:  # fmt: skip
    """Change what is told. An empty secret stays as it was; what else stands in the settings does too."""
    account = Account.objects.select_for_update(of=("self",)).get(pk=account_id)
    before = _facts(account)
    secrets = _write(account, told)
    account.name, account.networks = name, networks
    account.fallback, account.is_active = fallback, is_active
    if is_active and (labels := missing(account)):
        raise IsMissing(", ".join(labels), fields=labels)
    account.save()
    if secrets:
        SharedToken.objects.filter(account=account).delete()
    _put_on_record(account, before, secrets, by, now, address)
    return account


def missing(account: Account) -> list[str]:
    """What it must still be told before it can work."""
    setup = setup_of(account)
    return rules.missing(setup, {**account.settings, **account.secrets}) if setup else []


def try_out(account: Account, *, now: datetime) -> None:
    """Does the vendor let us in? DoesNotAnswer with the reason; the account then stands as away."""
    setup = setup_of(account)
    if setup is None or not setup.can_try:
        raise CannotBeTried(account=account.key)
    try:
        if account.adapter in COMMANDED:
            switches.command(account=account, say=lambda _session: None, now=timezone.now)
        else:
            _try_vendor(account)
    except (GatewayAway, GatewayRefused, switches.SwitchAway, switches.SwitchSaysNo, ValueError) as trouble:
        accounts.is_away(account, str(trouble), now=now)
        raise DoesNotAnswer(str(trouble)[:200] or None) from trouble
    accounts.is_back(account)


def _try_vendor(account: Account) -> None:
    vendor = accounts.vendor(account)
    if not isinstance(vendor, Tried):
        raise CannotBeTried(account=account.key)
    vendor.try_out()


def _write(account: Account, told: Mapping[str, str]) -> list[str]:
    """Each setting where it belongs; returns the labels of the secrets that are new."""
    setup = setup_of(account)
    settings, secrets, changed = dict(account.settings), dict(account.secrets), []
    for field in setup.fields if setup else ():
        if field.name not in told:
            continue
        value = told[field.name].strip()
        if not field.is_secret:
            settings[field.name] = value
        elif value and value != secrets.get(field.name):
            secrets[field.name] = value
            changed.append(field.name)
    account.settings = {name: value for name, value in settings.items() if value != ""}
    account.secrets = secrets
    return changed


def _facts(account: Account) -> dict[str, Any]:
    """What may stand in the record: never a secret."""
    return {
        "name": account.name, "networks": account.networks, "is_active": account.is_active,
        "fallback": account.fallback.key if account.fallback else "", **account.settings,
    }  # fmt: skip


def _put_on_record(
    account: Account, before: dict[str, Any], secrets: list[str], by: Person, now: datetime, address: str
) -> None:
    after = _facts(account)
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    if not names and not secrets:
        return
    audit.record(
        actor=by.get_username(), verb="account.change", subject=account.key, now=now, address=address,
        before={name: before.get(name, "") for name in names},
        after={name: after.get(name, "") for name in names} | dict.fromkeys(secrets, CHANGED),
    )  # fmt: skip
