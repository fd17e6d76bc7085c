"""Each time that a customer came: the contacts that surveys ask about and that first-time resolution counts."""

from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from huhang.channels.models import REASON_NAMES, Call, Conversation, Entrance
from huhang.desk.models import Ticket
from huhang.desk.models.ticket import KIND_NAMES
from huhang.network.models import OrgUnit, Person, under
from huhang.quality.models.survey import SORT_NAMES, Survey
from huhang.quality.rules.asking import NotAsked, Sort
from huhang.quality.rules.repeats import Contact

NOT_ASKED_NAMES = {
    NotAsked.OFF: _("按设置不询问"),
    NotAsked.NOT_SERVED: _("没有人工服务"),
    NotAsked.NOT_DRAWN: _("未抽中"),
    NotAsked.ALREADY: _("近期已问过"),
    NotAsked.NO_WAY: _("没有可用的联系方式"),
    NotAsked.OPTED_OUT: _("客户已退订短信"),
    NotAsked.TOO_LATE: _("得知时已过一天"),
}


class Touches(models.QuerySet["Touch"]):
    def within(self, paths: list[str]) -> Self:
        """Contacts of these subtrees."""
        return self.filter(under(paths))

    def judged(self) -> Self:
        """Those whose days are over: it is certain whether the customer came again."""
        return self.filter(judged_at__isnull=False, is_served=True)


class Touch(models.Model):
    """A talk, a call or a case that is over. `ref` makes it be written once however often it is told."""

    ref = models.CharField(max_length=40, unique=True)
    sort = models.CharField(max_length=8, choices=[(k.value, v) for k, v in SORT_NAMES.items()])
    conversation = models.ForeignKey(Conversation, models.CASCADE, null=True, blank=True, related_name="+")
    call = models.ForeignKey(Call, models.CASCADE, null=True, blank=True, related_name="+")
    ticket = models.ForeignKey(Ticket, models.CASCADE, null=True, blank=True, related_name="touches")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    path = models.CharField(max_length=255)
    agent = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    entrance = models.ForeignKey(Entrance, models.SET_NULL, null=True, blank=True, related_name="+")
    people = ArrayField(models.CharField(max_length=80))
    waybill_no = models.CharField(max_length=40, blank=True)
    topic = models.CharField(max_length=40, blank=True)
    # Did a person of ours serve them? Who only tried to reach us came too, but was not helped.
    is_served = models.BooleanField()
    is_written_up = models.BooleanField(default=False)
    survey = models.ForeignKey(Survey, models.SET_NULL, null=True, blank=True, related_name="touches")
    not_asked = models.CharField(
        max_length=12, blank=True, choices=[(k.value, v) for k, v in NOT_ASKED_NAMES.items()]
    )
    # The contact by which they came again; certain, and counted, once `judged_at` is set.
    repeated_by = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="repeats")
    judged_at = models.DateTimeField(null=True, blank=True)
    # Its days are over, but a case about it is not: looked at again then.
    waits_until = models.DateTimeField(null=True, blank=True)

    objects = Touches.as_manager()

    class Meta:
        verbose_name = _("客户接触")
        verbose_name_plural = _("客户接触")
        ordering = ["-ended_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(sort=Sort.TALK, conversation__isnull=False)
                | Q(sort=Sort.CALL, call__isnull=False)
                | Q(sort=Sort.CASE, ticket__isnull=False),
                name="touch_is_of_something",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__gte=F("began_at")), name="touch_ends_after_it_began"
            ),
        ]
        indexes = [
            GinIndex(fields=["people"], name="touch_people"),
            models.Index(
                fields=["path", "-ended_at"], name="touch_of_unit", opclasses=["varchar_pattern_ops", ""]
            ),
            models.Index(fields=["ended_at"], name="touch_to_judge", condition=Q(judged_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def contact(self) -> Contact:
        """As the rule of repeats sees it; what the agent wrote down after a call says what that was about."""
        report = getattr(self.call, "report", None) if self.call else None
        return Contact(
            id=self.pk, people=frozenset(self.people), began_at=self.began_at, ended_at=self.ended_at,
            waybill_no=self.waybill_no or (report.waybill_no if report else ""),
            topic=self.topic or (f"call:{report.reason}" if report else ""), is_written_up=self.is_written_up,
        )  # fmt: skip

    @property
    def subject(self) -> str:
        """The number by which colleagues know it."""
        if self.sort == Sort.CASE and self.ticket:
            return self.ticket.no
        return self.conversation.no if self.conversation else ""

    @property
    def topic_name(self) -> str:
        """What it was about in words: the customer's own, or those of the list it was chosen from."""
        topic = self.contact.topic
        word = topic.partition(":")[2]
        lists: dict[str, dict[Any, Any]] = {Sort.CALL: REASON_NAMES, Sort.CASE: KIND_NAMES}
        names = lists.get(self.sort, {})
        return str(names.get(word, word))

    @property
    def customer_name(self) -> str:
        if self.ticket:
            return self.ticket.contact_name
        return self.conversation.contact.name if self.conversation else ""

    @property
    def customer_number(self) -> str:
        """The number by which they can be called."""
        if self.ticket:
            return self.ticket.contact_phone
        if self.call:
            return self.call.number
        return self.conversation.contact.phone if self.conversation else ""
