"""Every hour: what vendors can list is held against the inbox, and channels that have gone quiet are told of."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import ExtractHour, TruncDate
from django.utils.translation import gettext_noop as _

from huhang.channels.actions import notices, setups
from huhang.channels.models import Account, InboxItem, Notice, PullCursor
from huhang.channels.rules.silence import CHINA, LOOKED_BACK, is_silent, usual

EVERY = timedelta(hours=1)
# A silence of which nobody is told, however busy the hour.
SHORTEST = timedelta(minutes=10)
KIND = "channels.silent"
MISSED = "channels.missing"
MISSING = _("渠道“{name}”的回调有遗漏")
MISSING_WHY = _("每小时核对补回了 {number} 条回调没有送来的消息。请检查平台后台的回调地址和服务器网络。")
SILENT = _("渠道“{name}”好像断了")
SILENT_WHY = _("按平时这个时段应有消息，但 {since} 以来一条也没有。请检查平台后台的回调地址和账号状态。")


def compare_due(*, now: datetime) -> int:
    """Look by ourselves where vendors list what was sent to us; returns how many doors are looked at."""
    listing = [name for name, setup in setups.setups().items() if setup.can_list]
    due = Account.objects.filter(adapter__in=listing, is_active=True).filter(
        Q(compared_at__isnull=True) | Q(compared_at__lte=now - EVERY)
    )
    return sum(_compare(pk, now) for pk in due.values_list("pk", flat=True))


@transaction.atomic
def _compare(account_id: int, now: datetime) -> int:
    account = Account.objects.select_for_update(of=("self",)).get(pk=account_id)
    if account.compared_at is not None and account.compared_at > now - EVERY:
        return 0  # somebody else was quicker
    setup = setups.setups()[account.adapter]
    if setup.lists_if and not account.settings.get(setup.lists_if):
        return 0
    account.compared_at = now
    account.save(update_fields=["compared_at"])
    door = account.settings.get("open_kfid", "")
    if door or setup.lists_if:
        PullCursor.objects.get_or_create(account=account, door=door)
    # A door whose callback is being worked on is looked at anyway.
    return account.cursors.filter(pull_at__isnull=True).update(pull_at=now, pull_token="", is_comparing=True)


def was_missing(account: Account, number: int, *, now: datetime) -> None:
    """Found by ourselves, so nothing is lost; but the callbacks are not to be relied on: told of once an hour."""
    if not number:
        return
    Account.objects.filter(pk=account.pk).update(found_missing=F("found_missing") + number)
    notices.notify(
        key=f"missing:{account.key}:{now:%Y%m%d%H}", kind=MISSED, unit=account.unit, now=now,
        title=MISSING.format(name=account.name), link=f"/channels/accounts/{account.key}/",
        body=MISSING_WHY.format(number=number),
    )  # fmt: skip


def missed_lately(*, now: datetime) -> list[str]:
    """The titles of such alarms of the last day."""
    since = now - timedelta(days=1)
    return list(Notice.objects.filter(kind=MISSED, at__gt=since).values_list("title", flat=True).distinct())


def watch(*, now: datetime) -> int:
    """Notice which accounts have gone quiet and which speak again; returns how many are quiet."""
    newest = InboxItem.objects.filter(account=OuterRef("pk")).order_by("-received_at")
    rows = Account.objects.filter(is_active=True).select_related("unit")
    heard = rows.annotate(last=Subquery(newest.values("received_at")[:1])).filter(last__isnull=False)
    return sum(_watch(account, account.last, now) for account in heard)


def _watch(account: Account, last: datetime, now: datetime) -> bool:
    since = max(last, account.heard_at or last)
    is_recent = now - since < SHORTEST
    if is_recent or not is_silent(_usual(account, now), since=since, now=now):
        if account.silent_since is not None:
            Account.objects.filter(pk=account.pk).update(silent_since=None)
        return False
    Account.objects.filter(pk=account.pk).update(silent_since=since)
    notices.notify(
        key=f"silent:{account.key}:{since.isoformat()}", kind=KIND, unit=account.unit, now=now,
        title=SILENT.format(name=account.name), link=f"/channels/accounts/{account.key}/",
        body=SILENT_WHY.format(since=f"{since.astimezone(CHINA):%m-%d %H:%M}"),
    )  # fmt: skip
    return True


def _usual(account: Account, now: datetime) -> list[float]:
    recent = InboxItem.objects.filter(account=account, received_at__gt=now - timedelta(days=LOOKED_BACK))
    rows = (
        recent.annotate(
            day=TruncDate("received_at", tzinfo=CHINA), hour=ExtractHour("received_at", tzinfo=CHINA)
        )
        .values("day", "hour")
        .annotate(number=Count("pk"))
        .order_by()
    )
    came: dict[tuple[date, int], int] = {(row["day"], row["hour"]): row["number"] for row in rows}
    return usual(came, today=now.astimezone(CHINA).date())
