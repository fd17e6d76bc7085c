"""What a visitor of the simulated carrier is told: whom to sign in as, and what to look at first."""

import os
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_noop as _

from huhang.channels.models import Entrance
from huhang.kit import facts
from huhang.kit.welcome import Login, Page, Welcome

FACT = "simulated"
LIVED_UNTIL = "simulated_until"
PASSWORD = "huhang-demo"
# username → (who, what one sees as this person); the login page shows both in the reader's language
OFFERS = {
    "owner": (_("网点负责人"), _("吴中青禾网点：马上办窗口、本网点预警")),
    "agent": (_("客服专员"), _("客服中心：全网工单")),
    "province": (_("省区负责人"), _("江苏省区：SOS 墙、看板")),
    "manager": (_("总部经理"), _("全网看板与预警规则")),
    "admin": (_("系统管理员"), _("组织、人员与导入")),
}
PAGES = (
    ("马上办窗口（用 owner 登录）", "desk:window", ""),
    ("SOS 墙（用 province 登录）", "desk:wall", ""),
    ("护航预警", "journey:hits", ""),
    ("提醒：谁看到、谁在办", "journey:reminders", "?state=all"),
    ("追查令（用 province 登录）", "desk:traces", ""),
    ("部门考核（用 manager 登录）", "desk:departments", ""),
    ("看板（用 manager 登录）", "metrics:board", "?period=month"),
    ("工作台（用 agent 登录，席位切到“在席”）", "desk:workbench", ""),
)
CHAT = "web-home"  # one of the ready entrances


def password() -> str:
    """One password for all offered accounts."""
    return os.environ.get("HUHANG_DEMO_PASSWORD") or PASSWORD


def is_simulated() -> bool:
    return bool(facts.get(FACT))


def label(**facts_about_it: Any) -> None:
    """Mark this installation as simulated: the shell shows it on every page, the login page offers the accounts."""
    logins = [
        {"username": username, "password": password(), "who": who, "what": what}
        for username, (who, what) in OFFERS.items()
    ]
    facts.put(FACT, {"logins": logins, "progress": [], **facts_about_it})
    facts.put(LIVED_UNTIL, facts_about_it.get("built_at"))


def welcome() -> Welcome:
    """Log-ins and pages to print; nothing to say when the data is not simulated."""
    simulated: dict[str, Any] | None = facts.get(FACT)
    if not simulated:
        return Welcome(pages=(Page("首页", "/"),))
    logins = tuple(Login(row["username"], row["password"], row["who"]) for row in simulated["logins"])
    links = tuple(
        Page("客户进度页（无需登录）", reverse("progress:page", args=[token]))
        for token in simulated["progress"][:2]
    )
    links += tuple(
        Page("快递员的提醒页（手机，无需登录）", reverse("reminder:page", args=[token]))
        for token in simulated.get("reminders", [])[:1]
    )
    pages = tuple(Page(title, reverse(name) + query) for title, name, query in PAGES)
    return Welcome(logins, pages + _chat() + links)


def _chat() -> tuple[Page, ...]:
    """Where a visitor talks to whoever sits at the workbench, while that entrance is there."""
    if not Entrance.objects.filter(key=CHAT, is_active=True).exists():
        return ()
    return (Page("访客的在线咨询（无需登录，另开一个窗口）", reverse("talk:page", args=[CHAT])),)
