"""A small ground for the yardstick's tests: headquarters, two provinces, Jiangsu's cities, and people who look at them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.test import Client

from huhang.metrics.actions.tally import Count, count_many, settle
from huhang.metrics.rules.windows import ZONE
from huhang.network.models import Grant, OrgUnit, Person

NOW = datetime(2026, 11, 21, 14, 20, 5, tzinfo=ZONE)
TODAY = NOW.replace(hour=0, minute=0, second=0)
STARTED, COMPLAINT = "journey.delivery.started", "desk.ticket.opened.complaint"
MET, MISSED = "desk.first_response.met", "desk.first_response.missed"


@dataclass(frozen=True)
class Ground:
    hq: OrgUnit
    jiangsu: OrgUnit
    zhejiang: OrgUnit
    suzhou: OrgUnit
    wuxi: OrgUnit
    head: Person
    lead: Person
    stranger: Person


def lay() -> Ground:
    hq = _unit("HQ", "总部", None, 1, "hq")
    jiangsu = _unit("JS", "江苏省区", hq, 2, "province")
    zhejiang = _unit("ZJ", "浙江省区", hq, 2, "province")
    suzhou = _unit("JS-SZ", "苏州", jiangsu, 3, "city")
    wuxi = _unit("JS-WX", "无锡", jiangsu, 3, "city")
    head, lead = _person("head", "hq_manager", hq), _person("lead", "province_lead", jiangsu)
    stranger = Person.objects.create_user("stranger", password="x")
    return Ground(hq, jiangsu, zhejiang, suzhou, wuxi, head, lead, stranger)


def _unit(code: str, name: str, parent: OrgUnit | None, level: int, kind: str) -> OrgUnit:
    path = f"{parent.path if parent else '/'}{code}/"
    return OrgUnit.objects.create(code=code, name=name, parent=parent, level=level, kind=kind, path=path)


def _person(name: str, role: str, unit: OrgUnit) -> Person:
    person = Person.objects.create_user(name, password="x", display_name=name)
    Grant.objects.create(person=person, role=role, unit=unit)
    return person


def busy_week(ground: Ground) -> None:
    """Eight days of the same course, of which today is worse in Suzhou: 1 of 1,000 an hour before, then 4."""
    rows = []
    for day in range(8):
        for hour in range(24):
            at = TODAY - timedelta(days=day) + timedelta(hours=hour, minutes=10)
            if at > NOW:
                continue
            for unit, complaints in ((ground.suzhou, 4 if day == 0 else 1), (ground.wuxi, 1)):
                key = f"{unit.code}:{at:%d%H}"
                rows += [
                    Count(STARTED, at, unit.path, f"s:{key}", 10_000),
                    Count(COMPLAINT, at, unit.path, f"c:{key}", complaints),
                    Count(MET, at, unit.path, f"m:{key}", 99),
                    Count(MISSED, at, unit.path, f"x:{key}", 1),
                ]
    count_many(rows)


def settle_some() -> None:
    settle(limit=300)


def client_of(person: Person) -> Client:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def person_of_token(token: str, now: datetime) -> Person | None:
    """Stands for the network's token lookup: a token is a name here."""
    return Person.objects.filter(username=token).first()
