"""The page shell: what one sees in the navigation depends on what one may do."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, get_script_prefix, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from huhang.config.middleware import push_url
from huhang.kit import facts, live
from huhang.network.models import OrgUnit, Person
from huhang.network.rules.roles import Role


@dataclass(frozen=True)
class Item:
    """One entry of the navigation; `key` is the letter after `g`, `beside` are pages reached from its tabs."""

    label: Any
    url_name: str
    permission: str
    icon: str
    key: str
    beside: tuple[str, ...] = ()


NAVIGATION: tuple[Item, ...] = (
    Item(_("马上办"), "desk:window", "desk.see", "bolt", "d"),
    Item(_("SOS 墙"), "desk:wall", "desk.see", "alarm", "s"),
    Item(
        pgettext_lazy("several", "工单"),
        "desk:tickets",
        "desk.see",
        "ticket",
        "t",
        beside=("desk:open", "desk:policies", "desk:plans", "desk:calendars", "desk:macros", "desk:traces"),
    ),
    Item(_("工作台"), "desk:workbench", "channels.talk", "message-circle", "k"),
    Item(_("席位"), "desk:seats", "desk.seats.see", "headset", "e"),
    Item(_("话务"), "channels:calls", "channels.see", "phone", "p"),
    Item(pgettext_lazy("several", "运单"), "journey:find", "journey.trace", "package", "w"),
    Item(_("护航预警"), "journey:hits", "journey.trace", "radar-2", "h"),
    Item(pgettext_lazy("several", "提醒"), "journey:reminders", "journey.reminders.see", "bell-ringing", "m"),
    Item(_("延误环节"), "journey:links", "journey.trace", "hourglass", "l"),
    Item(
        _("满意度"),
        "quality:satisfaction",
        "quality.see",
        "mood-smile",
        "a",
        beside=("quality:unhappy", "quality:first_time", "quality:contacts", "quality:terms"),
    ),
    Item(_("看板"), "metrics:board", "metrics.see", "chart-line", "b"),
    Item(_("部门考核"), "desk:departments", "metrics.see", "building-community", "o", beside=("desk:vote",)),
    Item(
        _("预警规则"),
        "journey:rules",
        "journey.rules.see",
        "adjustments",
        "r",
        beside=("journey:storms", "journey:reminder_policies", "desk:proof"),
    ),
    Item(_("入口"), "channels:entrances", "channels.see", "door-enter", "x"),
    Item(_("网络"), "network:units", "network.see", "sitemap", "n", beside=("channels:webhooks",)),
    Item(pgettext_lazy("several", "客户"), "network:customers", "network.see", "users", "c"),
    Item(_("导入"), "network:imports", "network.import", "file-import", "i"),
)


def navigation(may: Callable[[str], bool]) -> Iterator[dict[str, Any]]:
    for item, url, beside in _placed(get_script_prefix()):
        if may(item.permission):
            yield {
                "label": str(item.label), "url": url, "icon": item.icon, "key": item.key, "name": item.url_name,
                "beside": beside,
            }  # fmt: skip


@cache
def _placed(prefix: str) -> list[tuple[Item, str, list[str]]]:
    """The entries that have a page, with its address and those beside it: looked up once."""
    found = []
    for item in NAVIGATION:
        try:
            found.append((item, reverse(item.url_name), [reverse(name) for name in item.beside]))
        except NoReverseMatch:
            continue
    return found


# Where the day begins for those who do not act in the do-it-now window; of several roles the first here counts.
FIRST_PAGES = {
    Role.HQ_MANAGER: "metrics:board",
    Role.PROVINCE_LEAD: "desk:wall",
    Role.TEAM_LEAD: "desk:tickets",
    Role.AGENT: "desk:tickets",
    Role.AUDITOR: "metrics:board",
    Role.ADMINISTRATOR: "network:units",
}


def first_page(person: Person) -> str | None:
    """Where a person's day begins; None when there is no page for them."""
    if person.may("network.edit") and not OrgUnit.objects.exists():
        return reverse("network:units")  # where a new installation begins
    roles = {held.role for held in person.held}
    pages = [page for role, page in FIRST_PAGES.items() if role in roles]
    if pages and roles <= set(FIRST_PAGES):
        return reverse(pages[0])
    return next((item["url"] for item in navigation(person.may)), None)


def shell(request: HttpRequest) -> dict[str, Any]:
    """What every page needs around it. Callables are asked by pages, not by parts, which so cost no query."""
    person = getattr(request, "person", None)
    is_in = bool(person and person.is_authenticated)
    entries = cache(lambda: around(person.may, request.path) if person and is_in else [])
    return {
        "navigation": entries,
        # Whoever has the same key sees the same navigation.
        "navigation_key": cache(
            lambda: " ".join(f"{entry['name']}{entry['is_here']:d}" for entry in entries())
        ),
        "person": person if is_in else None,
        "home_name": cache(lambda: person.home.shown_name if person and is_in and person.home else ""),
        "push_url": push_url(request),
        "languages": settings.LANGUAGES,
        "live_sign": live.sign,
        "is_simulated": is_simulated,
        "demo_logins": demo_logins,
    }


def around(may: Callable[[str], bool], here: str) -> list[dict[str, Any]]:
    """The navigation, with the entry under which this page lies marked `is_here`."""
    items = list(navigation(may))
    under = [(url, i["url"]) for i in items for url in (i["url"], *i["beside"]) if here.startswith(url)]
    nearest = max(under, key=lambda pair: len(pair[0]), default=(None, None))[1]
    return [item | {"is_here": item["url"] == nearest} for item in items]


def is_simulated() -> bool:
    """Is the carrier of this installation made up? Then every page says so."""
    return bool(facts.get("simulated"))


def demo_logins() -> list[dict[str, str]]:
    """Log-ins offered on the login page of a simulated carrier: [{username, password, who, what}]."""
    simulated = facts.get("simulated") or {}
    return list(simulated.get("logins", []))
