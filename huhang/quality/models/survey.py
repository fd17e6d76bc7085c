"""What we asked, what was answered, and who called back."""

from datetime import time, timedelta
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from huhang.channels.models import Entrance, Outgoing
from huhang.channels.rules.entrances import EntranceKind
from huhang.desk.models import Ticket
from huhang.desk.rules.kinds import OUR_OWN, Kind
from huhang.network.models import OrgUnit, Person, under
from huhang.quality.rules.answers import BAD_UP_TO, Answer, is_bad
from huhang.quality.rules.asking import Sort, Terms, Way
from huhang.quality.rules.calling_back import Outcome

SORT_NAMES = {Sort.TALK: _("在线会话"), Sort.CALL: _("电话"), Sort.CASE: _("工单")}
WAY_NAMES = {Way.PAGE: _("页面上"), Way.CHAT: _("在线消息"), Way.MAIL: _("邮件"), Way.SMS: _("短信")}
OUTCOME_NAMES = {
    Outcome.SETTLED: _("已解决，客户认可"),
    Outcome.STILL_UNHAPPY: _("仍不满意"),
    Outcome.NOT_REACHED: _("多次未接通"),
    Outcome.NOT_NEEDED: _("无需回访"),
    Outcome.IN_CASE: _("在工单里办结"),
}
SCORE_NAMES = {5: _("非常满意"), 4: _("满意"), 3: _("一般"), 2: _("不满意"), 1: _("非常不满意")}
NOT_SATISFIED = Q(score__lte=BAD_UP_TO) | Q(is_solved=False)


def asked_kinds() -> list[str]:
    return [kind.value for kind in Kind if kind not in OUR_OWN]


def asked_entrance_kinds() -> list[str]:
    """Regulators and other systems have no wish to be asked."""
    return [kind.value for kind in EntranceKind if kind not in (EntranceKind.REGULATOR, EntranceKind.API)]


class SurveyTerms(models.Model):
    """Who is asked, how much later, and what counts: one row for the whole carrier."""

    is_on = models.BooleanField(default=True)
    kinds = ArrayField(models.CharField(max_length=16), default=asked_kinds, blank=True)
    entrance_kinds = ArrayField(models.CharField(max_length=16), default=asked_entrance_kinds, blank=True)
    entrances_off = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    delay_minutes = models.PositiveSmallIntegerField(default=0)
    # A person who was asked is not asked again within so many hours.
    window_hours = models.PositiveSmallIntegerField(default=24)
    share = models.PositiveSmallIntegerField(default=100)
    quiet_from = models.TimeField(default=time(21))
    quiet_to = models.TimeField(default=time(8))
    valid_days = models.PositiveSmallIntegerField(default=7)
    # For how long an answer may be changed; then it counts, and somebody is called back.
    change_minutes = models.PositiveSmallIntegerField(default=5)
    repeat_days = models.PositiveSmallIntegerField(default=7)
    unknown_is_same = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("满意度调查设置")
        verbose_name_plural = _("满意度调查设置")
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="survey_terms_one_row"),
            models.CheckConstraint(condition=Q(share__lte=100), name="survey_share_of_hundred"),
            models.CheckConstraint(
                condition=Q(valid_days__gte=1, repeat_days__gte=1), name="survey_days_at_least_one"
            ),
        ]

    def __str__(self) -> str:
        return "1"

    @property
    def terms(self) -> Terms:
        return Terms(
            is_on=self.is_on,
            kinds=frozenset(self.kinds),
            entrance_kinds=frozenset(self.entrance_kinds),
            entrances_off=frozenset(self.entrances_off),
            delay=timedelta(minutes=self.delay_minutes),
            window=timedelta(hours=self.window_hours),
            share=self.share,
            quiet_from=self.quiet_from,
            quiet_to=self.quiet_to,
        )

    @property
    def may_change(self) -> timedelta:
        return timedelta(minutes=self.change_minutes)


class Surveys(models.QuerySet["Survey"]):
    def within(self, paths: list[str]) -> Self:
        """Surveys of these subtrees."""
        return self.filter(under(paths))

    def invited(self) -> Self:
        return self.filter(invited_at__isnull=False)

    def unhappy(self) -> Self:
        """Answers after which somebody must call."""
        return self.filter(NOT_SATISFIED)


class Survey(models.Model):
    """One question to one person, about one contact or several that belong together. `key` makes its secret address."""

    key = models.CharField(max_length=40, unique=True)
    token_hash = models.CharField(max_length=64, unique=True)
    sort = models.CharField(max_length=8, choices=[(k.value, v) for k, v in SORT_NAMES.items()])
    way = models.CharField(max_length=8, choices=[(k.value, v) for k, v in WAY_NAMES.items()])
    # Everybody that this person is known as: what keeps them from being asked twice.
    people = ArrayField(models.CharField(max_length=80))
    # As they stood when it was asked.
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="surveys")
    path = models.CharField(max_length=255)
    agent = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="surveys")
    entrance = models.ForeignKey(Entrance, models.SET_NULL, null=True, blank=True, related_name="surveys")
    language = models.CharField(max_length=10, blank=True)
    number = models.CharField(max_length=32, blank=True)
    planned_at = models.DateTimeField()
    # When it is to leave; empty once it has.
    send_at = models.DateTimeField(null=True, blank=True)
    invited_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    outgoing = models.OneToOneField(Outgoing, models.SET_NULL, null=True, blank=True, related_name="survey")
    score = models.PositiveSmallIntegerField(null=True, blank=True, choices=list(SCORE_NAMES.items()))
    is_solved = models.BooleanField(null=True, blank=True)
    words = models.CharField(max_length=500, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)
    is_auto = models.BooleanField(default=False)
    is_doubtful = models.BooleanField(default=False)
    # From when the answer stands; what workers look for until `settled_at` says that it was counted.
    settles_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = Surveys.as_manager()

    class Meta:
        verbose_name = _("满意度调查")
        verbose_name_plural = _("满意度调查")
        ordering = ["-planned_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__gte=1, score__lte=5), name="survey_one_to_five"
            ),
            models.CheckConstraint(
                condition=Q(send_at__isnull=False, invited_at__isnull=True)
                | Q(send_at__isnull=True, invited_at__isnull=False),
                name="survey_waits_or_was_sent",
            ),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, settles_at__isnull=True, settled_at__isnull=True)
                | Q(answered_at__isnull=False, settles_at__gte=F("answered_at")),
                name="survey_settles_what_was_answered",
            ),
        ]
        indexes = [
            models.Index(fields=["send_at"], name="survey_to_send", condition=Q(send_at__isnull=False)),
            models.Index(
                fields=["settles_at"],
                name="survey_to_settle",
                condition=Q(settles_at__isnull=False, settled_at__isnull=True),
            ),
            models.Index(
                fields=["path", "-invited_at"],
                name="survey_of_unit",
                opclasses=["varchar_pattern_ops", ""],
            ),
            models.Index(fields=["-answered_at"], name="survey_unhappy", condition=NOT_SATISFIED),
            models.Index(fields=["planned_at"], name="survey_planned"),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def answer(self) -> Answer:
        return Answer(
            score=self.score, is_solved=self.is_solved, words=self.words, answered_at=self.answered_at,
            changed_at=self.changed_at, is_auto=self.is_auto, is_doubtful=self.is_doubtful,
        )  # fmt: skip

    @property
    def is_bad(self) -> bool:
        return is_bad(self.score, self.is_solved)

    @property
    def customer_name(self) -> str:
        """As far as the contacts that it is about know it."""
        known = [touch.customer_name for touch in self.touches.all()]
        return next((name for name in known if name), "")

    @property
    def customer_number(self) -> str:
        known = [touch.customer_number for touch in self.touches.all()]
        return self.number or next((number for number in known if number), "")

    @property
    def score_name(self) -> str:
        return str(SCORE_NAMES[self.score]) if self.score else ""


class CallBack(models.Model):
    """Calling somebody back who was not satisfied: the case with its owner and clocks, and what came of it."""

    survey = models.OneToOneField(Survey, models.CASCADE, related_name="call_back")
    # Its own case, or the customer's when that was open again anyway.
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="call_backs")
    opened_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    outcome = models.CharField(
        max_length=16, blank=True, choices=[(k.value, v) for k, v in OUTCOME_NAMES.items()]
    )
    words = models.CharField(max_length=500, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("不满意回访")
        verbose_name_plural = _("不满意回访")
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at__isnull=True, outcome="") | (Q(done_at__isnull=False) & ~Q(outcome="")),
                name="call_back_done_pair",
            ),
        ]
        indexes = [models.Index(fields=["ticket"], name="call_back_open", condition=Q(done_at__isnull=True))]

    @property
    def is_own(self) -> bool:
        """Was the case opened for this alone?"""
        return self.ticket.kind == Kind.FOLLOW_UP
