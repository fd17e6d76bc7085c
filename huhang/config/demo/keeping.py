"""What people keep beside their cases: views of lists, votes on departments, another system that is told."""

from datetime import datetime, timedelta
from random import Random

from huhang.channels.actions import webhooks
from huhang.channels.models import Attempt, Delivery, Webhook
from huhang.channels.rules.webhooks import State
from huhang.config.demo.ground import Ground
from huhang.desk.actions import views, voting
from huhang.desk.models import Ticket
from huhang.desk.queries.votes import Ballot, ballots, months_to_judge
from huhang.desk.rules.filters import Filters
from huhang.network.models import OrgUnit, Person

# (whose, name, the list as its URL says it, shared with a unit)
VIEWS = (
    ("agent", "我的理赔，价值从高到低", {"kind": "claim", "owner": "me", "sort": "-value"}, ""),
    ("agent", "等客户补材料", {"paused": "1", "owner": "me"}, ""),
    ("owner", "今天要送到的催派", {"kind": "urge", "sort": "due"}, ""),
    ("province", "江苏：一小时内到时的投诉", {"kind": "complaint", "soon": "60"}, "JS"),
    ("province", "外省移交来的", {"owes": "JS"}, ""),
    ("manager", "全网：监管转办", {"entrance": "regulator"}, "HQ"),
    ("manager", "全网：两千元以上理赔", {"kind": "claim", "value_over": "2000", "sort": "-value"}, "HQ"),
)  # fmt: skip
VOTED_ON = 9
# What colleagues say of a department they are content with, and of one they are not.
WORDS = (("反馈慢，要催几次", "退回的原因没写清楚"), ("配合快，写得清楚", "有问必答", ""))
TOLD = 5
ADDRESS = "https://example.com/huhang"


def keep(ground: Ground, *, now: datetime) -> None:
    """After the month: everything that is no case."""
    people = {person.username: person for person in Person.objects.select_related("home")}
    _save_views(people, now)
    agents = [people[s.username] for s in ground.staff if s.duty == "agent"]
    for agent in agents:
        _vote(agent, now)
    _tell_another_system(people["admin"], now)


def _save_views(people: dict[str, Person], now: datetime) -> None:
    for username, name, query, unit in VIEWS:
        filters = Filters.from_query(query)
        views.save(name=name, filters=filters, columns=(), unit=unit, by=people[username], now=now)


def _vote(agent: Person, now: datetime) -> None:
    """On the departments met most, this month and the last."""
    for month in months_to_judge(now):
        for ballot in ballots(agent, month)[:VOTED_ON]:
            score, words = _judgement(agent, ballot)
            voting.vote(unit_code=ballot.unit.code, month=month, score=score, words=words, by=agent, now=now)


def _judgement(agent: Person, ballot: Ballot) -> tuple[int, str]:
    """Colleagues agree more or less about a department."""
    usual = Random(ballot.unit.code).choice((3, 4, 4, 5))
    dice = Random(f"{agent.username}:{ballot.unit.code}")
    score = min(5, max(1, usual + dice.choice((-1, 0, 0, 0, 1))))
    return score, dice.choice(WORDS[score > 3]) if dice.random() < 0.6 else ""


def _tell_another_system(by: Person, now: datetime) -> None:
    """An address that was tried out and is switched off: its log shows what arrived and what did not."""
    began = now - timedelta(days=2)
    headquarters = OrgUnit.objects.get(code="HQ")
    webhook = webhooks.add(
        name="订单系统（示例）", url=ADDRESS, unit=headquarters, events=["ticket.*"], by=by, now=began
    )
    latest = Ticket.objects.filter(opened_at__lt=now - timedelta(hours=1)).order_by("-opened_at")[:TOLD]
    for ticket in latest:
        webhooks.tell(
            key=f"opened-{ticket.pk}", event="ticket.opened", paths=[ticket.path], now=ticket.opened_at,
            body={"no": ticket.no, "kind": ticket.kind},
        )  # fmt: skip
    _write_log(webhook)
    webhooks.change(
        webhook_id=webhook.pk, name=webhook.name, url=webhook.url, events=webhook.events, is_active=False,
        by=by, now=now,
    )  # fmt: skip


def _write_log(webhook: Webhook) -> None:
    """As if it had been posted: nothing ever leaves a simulated carrier."""
    deliveries = list(webhook.deliveries.order_by("queued_at"))
    for place, delivery in enumerate(deliveries):
        is_lost = place == len(deliveries) - 1
        delivery.state = State.FAILED if is_lost else State.DELIVERED
        delivery.attempts, delivery.next_at = 1 + is_lost, None
        for turn in range(delivery.attempts):
            at = delivery.queued_at + timedelta(seconds=1 + 5 * turn)
            Attempt.objects.create(
                delivery=delivery, at=at, took_ms=5000 if is_lost else 84, status=503 if is_lost else 204
            )
    Delivery.objects.bulk_update(deliveries, ["state", "attempts", "next_at"])
