"""Where customers come in, and the queues in which they wait for somebody."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from huhang.channels.models.account import Account
from huhang.channels.rules.call_figures import Formula
from huhang.channels.rules.entrances import EntranceKind
from huhang.kit.models import Calendar
from huhang.network.models import OrgUnit

KIND_NAMES = {
    EntranceKind.HOTLINE: _("热线"),
    EntranceKind.WEB_CHAT: _("网页在线客服"),
    EntranceKind.H5: _("H5／小程序"),
    EntranceKind.WECHAT: _("微信公众号"),
    EntranceKind.WECOM: _("企业微信客服"),
    EntranceKind.WEIBO: _("微博"),
    EntranceKind.SMS: _("短信"),
    EntranceKind.EMAIL: _("邮件"),
    EntranceKind.API: _("开放接口"),
    EntranceKind.OUTLET_DESK: _("网点柜台"),
    EntranceKind.REGULATOR: _("监管转办"),
}


class ServiceQueue(models.Model):
    """A line of people who wait for one sort of help, and what those who answer must be able to do."""

    key = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="queues")
    path = models.CharField(max_length=255)
    skill = models.CharField(max_length=40, blank=True)
    # Smaller numbers are served first when an agent is free for several queues.
    rank = models.PositiveSmallIntegerField(default=5)
    # What one conversation weighs of what an agent has at once.
    points = models.PositiveSmallIntegerField(default=1)
    # So many of these one agent is given at once, whatever else the seat would hold; 0 is no limit of its own.
    at_once = models.PositiveSmallIntegerField(default=0)
    # Seconds within which an answer counts as prompt: the T of the service level.
    answer_within = models.PositiveSmallIntegerField(default=20)
    # By which of the four formulas in use its service level is told.
    formula = models.CharField(max_length=2, default=Formula.F3, choices=[(f.value, f.name) for f in Formula])
    # What is promised for a message left behind: minutes of the entrance's hours.
    promise_minutes = models.PositiveSmallIntegerField(default=120)
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("排队队列")
        verbose_name_plural = _("排队队列")
        ordering = ["rank", "name"]

    def __str__(self) -> str:
        return self.name


class Entrance(models.Model):
    """A place where customers come in: channel, account, place, hours, scenarios, routing, and whose it is."""

    key = models.SlugField(max_length=60, unique=True)
    kind = models.CharField(max_length=16, choices=[(k.value, v) for k, v in KIND_NAMES.items()])
    name = models.CharField(max_length=80)
    # Where a customer meets it: 官网右下角, 面单二维码, 95xxx 按 2.
    place = models.CharField(max_length=120, blank=True)
    account = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="entrances")
    # Which of the account's doors: a number, a mailbox, an OpenKfId, an extension code; empty takes the rest.
    door = models.CharField(max_length=100, blank=True)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="entrances")
    path = models.CharField(max_length=255)
    queue = models.ForeignKey(ServiceQueue, models.PROTECT, related_name="entrances")
    # When people are there; none is always.
    calendar = models.ForeignKey(Calendar, models.PROTECT, null=True, blank=True, related_name="+")
    # What one comes here for, the likeliest first; the page offers them in this order.
    scenarios = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    customer_class = models.CharField(max_length=16, blank=True)
    language = models.CharField(max_length=10, blank=True)
    greeting = models.CharField(max_length=300, blank=True)
    # Said outside the hours; `{opens}` becomes the moment from which people are there again.
    closed_words = models.CharField(max_length=300, blank=True)
    # Websites that may hold the chat, as origins; none is every one.
    origins = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("入口")
        verbose_name_plural = _("入口")
        ordering = ["kind", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "door"], condition=Q(account__isnull=False), name="entrance_one_per_door"
            ),
        ]

    def __str__(self) -> str:
        return self.name
