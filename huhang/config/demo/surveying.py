"""Customers of the simulated carrier say how it was, and are called back; some come again."""

from datetime import datetime, timedelta
from random import Random

from huhang.channels.actions import outgoing
from huhang.channels.actions.tokens import token_of
from huhang.config.demo.ground import Ground
from huhang.config.demo.seating import CENTRE, VISITOR
from huhang.desk.actions import clocks
from huhang.desk.models import Ticket
from huhang.desk.rules.kinds import OUR_OWN, State
from huhang.network.models import Person
from huhang.quality.actions import answering, asking, calling_back, judging, touching
from huhang.quality.models import CallBack, Survey
from huhang.quality.rules.answers import Said
from huhang.quality.rules.calling_back import Outcome

ANSWER = 0.5
# Of what ended before the last days some will do: living through each takes its time.
ALL_WITHIN, EARLIER = timedelta(days=4), 0.3
# Of a hundred who answer: this many give so many points, and say so.
SCORES = {5: 68, 4: 20, 3: 6, 2: 3, 1: 3}
SOLVED = {5: 0.99, 4: 0.95, 3: 0.7, 2: 0.3, 1: 0.1}
WORDS = {
    5: ("", "", "当天就处理好了", "客服很耐心", "回复很快，谢谢"),
    4: ("", "", "处理得不错，等得稍久", "态度很好"),
    3: ("", "说的时间和实际不一样", "问了两次才有人管"),
    2: ("一直说在处理，没有准信", "打了三个电话才解释清楚"),
    1: ("说好的赔付还没有到账", "没有人联系我就显示办结了", "快递员态度不好，客服也没有回访"),
}
SETTLED = (
    "已致歉并说明处理结果，客户认可",
    "已补发赔付，客户确认收到",
    "已约定今天 18 点前重新派送，客户接受",
)
STILL = ("客户要求上级主管回电，已转交", "对赔付金额仍不认可，已告知申诉途径")
# So long after a call-back was opened somebody calls; those of the last hours still wait.
CALLED_AFTER = timedelta(minutes=45)


def ask_about_the_past(ground: Ground, *, seed: int, now: datetime) -> int:
    """Cases that ended in the month are asked about at their time; returns how many answered."""
    agents = _agents(ground)
    over = Ticket.objects.filter(state=State.RESOLVED, merged_into__isnull=True).exclude(kind__in=OUR_OWN)
    answered = 0
    # Drawn by their place: numbers go on from one building to the next.
    for place, ticket in enumerate(over.order_by("resolved_at", "pk")):
        assert ticket.resolved_at is not None
        if now - ticket.resolved_at > ALL_WITHIN and Random(f"{seed}:{place}").random() > EARLIER:
            continue
        touch = touching.case_ended(ticket.pk, now=ticket.resolved_at)
        survey = touch.survey if touch and not touch.not_asked else None
        if survey and survey.send_at and survey.send_at <= now:
            dice = Random(f"{seed}:{place}:survey")
            asking.send_due(now=survey.send_at)
            answered += _answered(survey, dice, agents, survey.send_at, now)
    answered += _one_waits(now)
    while outgoing.deliver_due(now=now):
        pass
    while judging.judge_due(now=now):
        pass
    clocks.fire_due(now=now)
    return answered


def _one_waits(now: datetime) -> int:
    """Somebody was not satisfied a moment ago: a visitor finds a call to make."""
    asked = Survey.objects.filter(answered_at__isnull=True, invited_at__lt=now - timedelta(minutes=10))
    survey = asked.filter(expires_at__gt=now).order_by("-invited_at").first()
    if survey is None:
        return 0
    said = Said(score=1, is_solved=False, words=WORDS[1][0])
    answering.answer(token=token_of(survey.key), said=said, now=now - timedelta(minutes=10))
    answering.settle_due(now=now - timedelta(minutes=5))
    return 1


def _agents(ground: Ground) -> list[Person]:
    names = [staff.username for staff in ground.staff_of[CENTRE] if staff.username != VISITOR]
    return list(Person.objects.filter(username__in=names).order_by("pk"))


def _answered(survey: Survey, dice: Random, agents: list[Person], asked_at: datetime, now: datetime) -> bool:
    at = asked_at + timedelta(minutes=dice.randint(2, 300))
    if dice.random() > ANSWER or at > now:
        return False
    answering.answer(token=token_of(survey.key), said=_said(dice), now=at)
    settles_at = at + timedelta(minutes=5)
    if settles_at <= now:
        answering.settle_due(now=settles_at)
    back = CallBack.objects.filter(survey=survey).select_related("ticket").first()
    if back and agents and back.opened_at + CALLED_AFTER <= now:
        _call(back, dice, dice.choice(agents))
    return True


def _said(dice: Random) -> Said:
    score = dice.choices(list(SCORES), list(SCORES.values()))[0]
    solved = dice.random() < SOLVED[score] if dice.random() < 0.6 else None
    return Said(score=score, is_solved=solved, words=dice.choice(WORDS[score]))


def _call(back: CallBack, dice: Random, agent: Person) -> None:
    at = back.opened_at + timedelta(minutes=dice.randint(5, 25))
    calling_back.claim(call_back_id=back.pk, by=agent, now=at)
    if dice.random() < 0.3:
        calling_back.no_answer(call_back_id=back.pk, by=agent, now=at + timedelta(minutes=5))
    outcome = Outcome.SETTLED if dice.random() < 0.8 else Outcome.STILL_UNHAPPY
    words = dice.choice(SETTLED if outcome == Outcome.SETTLED else STILL)
    calling_back.done(
        call_back_id=back.pk, outcome=outcome, words=words, by=agent, now=back.opened_at + CALLED_AFTER
    )


def answer_now(dice: Random, *, now: datetime) -> int:
    """In the living carrier: some of those who were asked a while ago answer; returns how many."""
    asked = Survey.objects.filter(
        answered_at__isnull=True, invited_at__lte=now - timedelta(minutes=2), invited_at__gt=now - timedelta(hours=1)
    )  # fmt: skip
    # Asked each few seconds for an hour: so few each time come to the share of the past.
    taps = [survey for survey in asked[:200] if dice.random() < ANSWER / 700]
    for survey in taps:
        answering.answer(token=token_of(survey.key), said=_said(dice), now=now)
    return len(taps)
