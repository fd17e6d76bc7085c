"""What people keep beside their cases: views of lists, votes on departments, a shop's website."""

from datetime import datetime
from random import Random

from huhang.config.demo import telling
from huhang.config.demo.ground import Ground
from huhang.desk.actions import embedding, views, voting
from huhang.desk.models import Ticket
from huhang.desk.queries.votes import Ballot, ballots, months_to_judge
from huhang.desk.rules.filters import Filters
from huhang.network.models import Person

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
SHOP = "https://shop.example.com"


def keep(ground: Ground, *, now: datetime) -> None:
    """After the month: everything that is no case."""
    people = {person.username: person for person in Person.objects.select_related("home")}
    _save_views(people, now)
    agents = [people[s.username] for s in ground.staff if s.duty == "agent"]
    for agent in agents:
        _vote(agent, now)
    _show_progress_elsewhere(people["admin"], now)
    telling.tell(people["admin"], now)


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


def _show_progress_elsewhere(by: Person, now: datetime) -> None:
    """A shop shows its customers how their cases stand on its own website."""
    ticket = (
        Ticket.objects.live().filter(customer__isnull=False).select_related("customer").order_by("pk").last()
    )
    if ticket and ticket.customer:
        embedding.allow(customer=ticket.customer, address=SHOP, by=by, now=now)
