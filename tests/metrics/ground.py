"""A small ground for the yardstick: headquarters, two provinces, two cities, and people who look at them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.test import Client

from huhang.metrics.actions.tally import Count, count_many, settle
from huhang.metrics.rules.windows import ZONE
from huhang.network.models import OrgUnit, Person
from huhang.network.queries.tokens import Caller
from tests.factories import network as factories

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
    hq = factories.org_unit("HQ", name="总部")
    jiangsu = factories.org_unit("JS", hq, "province", name="江苏省区")
    zhejiang = factories.org_unit("ZJ", hq, "province", name="浙江省区")
    suzhou = factories.org_unit("JS-SZ", jiangsu, "city", name="苏州")
    wuxi = factories.org_unit("JS-WX", jiangsu, "city", name="无锡")
    head, lead, stranger = (factories.person(name) for name in ("head", "lead", "stranger"))
    factories.grant(head, "hq_manager", hq)
    factories.grant(lead, "province_lead", jiangsu)
    return Ground(hq, jiangsu, zhejiang, suzhou, wuxi, head, lead, stranger)


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


def count_one(measure: str, at: datetime, path: str, key: str) -> None:
    count_many([Count(measure, at, path, key)])


def settle_some() -> None:
    settle(limit=300)


def client_of(person: Person) -> Client:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def person_of_token(token: str, now: datetime) -> Caller | None:
    """Stands for the network's token lookup: a token is a name here."""
    person = Person.objects.filter(username=token).first()
    return Caller(person, "") if person else None
