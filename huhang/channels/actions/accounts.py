"""An account's way out and in: its adapter, made from its settings, with a wire and a shelf for its token."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import DateTimeField, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.module_loading import import_string

from huhang.channels.models import Account, SharedToken
from huhang.channels.rules.vendor import Vendor
from huhang.channels.rules.wire import Wire
from huhang.kit.errors import DomainError

ADAPTERS = {
    "wechat": "huhang.channels.adapters.wechat.WeChat",
    "wecom": "huhang.channels.adapters.wecom.WeCom",
    "weibo": "huhang.channels.adapters.weibo.Weibo",
    "aliyun_sms": "huhang.channels.adapters.aliyun_sms.AliyunSms",
    "tencent_sms": "huhang.channels.adapters.tencent_sms.TencentSms",
    "cmpp": "huhang.channels.adapters.cmpp.Cmpp",
    "mail": "huhang.channels.adapters.mail.Mail",
}
WIRE = "huhang.channels.adapters.web_wire.ask"
# A token that is about to end is renewed before a request can meet its end.
EARLY = timedelta(minutes=5)


class NoSuchAdapter(DomainError):
    """这个渠道账号没有可用的接入方式，请检查账号类型。"""


def vendor(account: Account, *, wire: Wire | None = None) -> Vendor:
    """The adapter of an account. NoSuchAdapter for doors of our own."""
    if account.adapter not in ADAPTERS:
        raise NoSuchAdapter(account=account.key)
    made: Callable[[Mapping[str, str], Wire, SharedShelf], Vendor] = import_string(ADAPTERS[account.adapter])
    # A folder of its own, for adapters that must remember something beside the database.
    folder = settings.VAR / "accounts" / account.key
    given = {"name": account.key, "folder": str(folder), **account.settings, **account.secrets}
    return made(given, wire or import_string(WIRE), SharedShelf(account.pk))


def is_away(account: Account, because: str, *, now: datetime) -> None:
    """The vendor did not answer: since when, and why, for whoever looks at the account."""
    rows = Account.objects.filter(pk=account.pk)
    rows.update(away_since=Coalesce("away_since", Value(now, DateTimeField())), away_because=because[:200])


def is_back(account: Account) -> None:
    """The vendor has answered."""
    if account.away_since is not None:
        Account.objects.filter(pk=account.pk).update(away_since=None, away_because="")


class SharedShelf:
    """An account's token in the database: read by everybody, renewed by whoever holds the row."""

    def __init__(self, account_id: int) -> None:
        self.account_id = account_id

    def token(self, renew: Callable[[], tuple[str, int]], *, stale: str = "") -> str:
        """See `rules.gateway.Shelf`. The row stays locked while the vendor is asked: the others want the answer too."""
        known = self._in_force(stale, SharedToken.objects.filter(account=self.account_id).first())
        return known or self._renewed(renew, stale)

    @transaction.atomic
    def _renewed(self, renew: Callable[[], tuple[str, int]], stale: str) -> str:
        SharedToken.objects.get_or_create(account_id=self.account_id)
        row = SharedToken.objects.select_for_update().get(account=self.account_id)
        if known := self._in_force(stale, row):
            return known
        token, seconds = renew()
        row.token, row.renewed_at = {"token": token}, timezone.now()
        row.expires_at = row.renewed_at + timedelta(seconds=seconds)
        row.save()
        return token

    def _in_force(self, stale: str, row: SharedToken | None) -> str:
        if row is None or row.expires_at is None or row.expires_at - EARLY <= timezone.now():
            return ""
        token = row.token.get("token", "")
        return token if token != stale else ""
