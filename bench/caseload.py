"""A carrier with as many cases as wanted, a fifth of them open: 31 provinces, 2,046 outlets, Chinese words.

Shares do not change with the size: the outlet that is measured has 4 % of all cases, its city 8, its province 15,
so that a list fills its page at 10,000 cases as at a million. Search tokens are those of `kit.search`.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from django.db import connection, models
from django.db.models import NOT_PROVIDED

from bench import casewords
from bench.casewords import COMMON, PHRASE, WORD
from huhang.desk.models import Clock, Entry, Step, StepRating, Ticket
from huhang.kit import search
from huhang.network.models import Grant, OrgUnit, Person
from huhang.network.rules.tree import above, path_of

PROVINCES, CITIES, OUTLETS = 31, 6, 11
ENTRIES_EACH = 10
MINE = 60
SPAN = timedelta(days=180)
KINDS = ("complaint",) * 7 + ("inquiry",) * 6 + ("urge",) * 4 + ("claim",) * 2 + ("prevention",)
GOODS = ("茶叶", "手机", "衣服", "水果", "图书", "鞋子", "玩具", "奶粉", "耳机", "月饼", "雨伞", "化妆品")
TROUBLE = (
    "外箱破损",
    "少了一件",
    "一直没有派送",
    "显示签收但没收到",
    "送错地址",
    "被放在驿站",
    "延误三天",
    "内件碎了",
)
WISHES = (
    "请尽快核实并回电",
    "要求赔偿损失",
    "希望今天送到",
    "请联系派件员",
    "请退回寄件人",
    "麻烦改到公司地址",
)
PLACES = ("小区门口", "快递柜", "前台", "菜鸟驿站", "公司收发室", "楼下超市")
SURNAMES, GIVEN = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林", "明华丽强静敏军洋勇艳杰娟涛超秀霞平刚桂英"


def load(cases: int) -> None:
    """Fill an empty database that has the packs."""
    random = Random(20261122)
    now = datetime.now(UTC).replace(microsecond=0)
    _ground()
    _people()
    with connection.cursor() as cursor:
        # The rows are known to fit together; asking so for each of them would take most of the time.
        cursor.execute("SET session_replication_role = replica")
        with _indexed_afterwards(Ticket, Clock, Step, Entry):
            _copy(Ticket, _tickets(cases, now, random))
            cursor.execute("ANALYZE desk_ticket")
            _parts()
        _counted(now)
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("SELECT setval('desk_ticket_number', %s)", [cases])
        cursor.execute("VACUUM ANALYZE")


def forget(which: str) -> None:
    """Take away again what only a measurement wrote, so that a kept desk stays of its size."""
    cases = f"SELECT id FROM desk_ticket WHERE {which}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM desk_clockevent WHERE clock_id IN (SELECT id FROM desk_clock WHERE ticket_id IN ({cases}))"
        )
        for table in ("desk_entry", "desk_progresslink", "desk_step", "desk_clock"):
            cursor.execute(f"DELETE FROM {table} WHERE ticket_id IN ({cases})")
        cursor.execute(f"DELETE FROM desk_ticket WHERE {which}")
        cursor.execute("VACUUM ANALYZE desk_ticket")


@contextmanager
def _indexed_afterwards(*tables: type[models.Model]) -> Iterator[None]:
    """Build indexes once, of all rows, as a database that is restored does."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT indexname, indexdef FROM pg_indexes LEFT JOIN pg_constraint ON conname = indexname
               WHERE tablename = ANY (%s) AND conname IS NULL""",
            [[table._meta.db_table for table in tables]],
        )
        found = cursor.fetchall()
        for name, _ in found:
            cursor.execute(f'DROP INDEX "{name}"')
        yield
        for _, definition in found:
            cursor.execute(definition)


def _ground() -> None:
    hq = _unit("HQ", "总部", "hq", 1, None)
    for code, name in (("CS", "客服中心"), ("CLAIMS", "理赔组"), ("FIN", "财务部")):
        _unit(f"HQ-{code}", name, "department", 2, hq)
    for p in range(1, PROVINCES + 1):
        province = _unit(f"P{p:02d}", f"第{p}省区", "province", 2, hq)
        _unit(f"P{p:02d}-HUB", f"第{p}分拨中心", "hub", 4, province)
        for c in range(1, CITIES + 1):
            city = _unit(f"P{p:02d}C{c}", f"第{p}省{c}市", "city", 3, province)
            OrgUnit.objects.bulk_create(
                _draft(f"{city.code}O{o:02d}", f"{p}省{c}市{o}网点", "outlet", 4, city)
                for o in range(1, OUTLETS + 1)
            )


def _draft(code: str, name: str, kind: str, level: int, parent: OrgUnit | None) -> OrgUnit:
    path = path_of(code, parent.path if parent else None)
    return OrgUnit(code=code, name=name, kind=kind, level=level, parent=parent, path=path)


def _unit(code: str, name: str, kind: str, level: int, parent: OrgUnit | None) -> OrgUnit:
    unit = _draft(code, name, kind, level, parent)
    unit.save()
    return unit


# Who looks: an agent and a manager of the whole network, then one person for each level down to an outlet.
ROLES = {
    "lin": ("agent", "HQ"),
    "hua": ("hq_manager", "HQ"),
    "sheng": ("province_lead", "P10"),
    "shi": ("team_lead", "P10C1"),
    "gao": ("outlet_owner", "P10C1O01"),
}


def _people() -> None:
    for username, (role, code) in ROLES.items():
        unit = OrgUnit.objects.get(code=code)
        person = Person.objects.create_user(
            username=username, password=None, display_name=username, home=unit
        )
        Grant.objects.create(person=person, role=role, unit=unit)
    Person.objects.bulk_create(Person(username=f"agent{n}", display_name=f"客服{n}") for n in range(20))


def _tickets(cases: int, now: datetime, random: Random) -> Iterator[dict[str, Any]]:
    outlets = list(OrgUnit.objects.filter(kind="outlet").order_by("pk"))
    service = OrgUnit.objects.get(code="HQ-CS")
    hubs = {unit.path.removesuffix(f"{unit.code}/"): unit for unit in OrgUnit.objects.filter(kind="hub")}
    agents = list(Person.objects.filter(username__startswith="agent").values_list("pk", flat=True))
    me = Person.objects.get(username="lin").pk
    shares = _shares(outlets)

    def row(number: int) -> dict[str, Any]:
        unit = random.choice(_drawn(shares, random))
        province = "/".join(unit.path.split("/")[:3]) + "/"
        at = random.choices((unit, service, hubs[province]), (7, 2, 1))[0]
        opened = now - SPAN * (1 - number / cases)
        is_mine = number % (cases // MINE) == 0
        owner = me if is_mine else random.choice(agents)
        standing = _standing(number, opened, now, owner, random, is_mine)
        return _row(number, unit, at, opened, random) | standing

    return (row(number) for number in range(1, cases + 1))


def _shares(outlets: list[OrgUnit]) -> list[tuple[int, list[OrgUnit]]]:
    """The outlet that is measured, the rest of its city, the rest of its province, everybody else."""
    one = [u for u in outlets if u.code == "P10C1O01"]
    city = [u for u in outlets if u.code.startswith("P10C1") and u not in one]
    province = [u for u in outlets if u.code.startswith("P10") and u not in one + city]
    return [(4, one), (4, city), (7, province), (85, [u for u in outlets if not u.code.startswith("P10")])]


def _drawn(shares: list[tuple[int, list[OrgUnit]]], random: Random) -> list[OrgUnit]:
    return random.choices([units for _, units in shares], [share for share, _ in shares])[0]


def _row(number: int, unit: OrgUnit, at: OrgUnit, opened: datetime, random: Random) -> dict[str, Any]:
    goods, trouble = random.choice(GOODS), random.choice(TROUBLE)
    rare = PHRASE if number % 100 == 7 else ""
    vase = WORD if number % 100 == 57 else ""
    title = f"{COMMON if random.random() < 0.6 else '快件'}{trouble}"
    body = (
        f"客户反映{rare}{goods}{vase}{trouble}，快件放在{random.choice(PLACES)}，"
        f"{random.choice(WISHES)}。{random.choice(WISHES)}，订单{random.randrange(10**6):06d}。"
    )
    name = random.choice(SURNAMES) + "".join(random.choices(GIVEN, k=random.choice((1, 2))))
    facts = {
        "no": f"T{number:08d}", "kind": random.choice(KINDS), "title": title, "body": body,
        "waybill_no": f"SX77{number:011d}", "contact_name": name,
        "contact_phone": f"13{random.randrange(10**5):05d}{number % 10_000:04d}",
    }  # fmt: skip
    return facts | {
        "id": number, "unit_id": unit.pk, "path": unit.path, "at_unit_id": at.pk, "at_path": at.path,
        "seen_from": sorted({*above(unit.path), *above(at.path)}), "at_from": above(at.path),
        "source": "load", "source_ref": str(number), "opened_at": opened, "opened_by": "load",
        "search": search.tsvector_text(
            facts["no"], facts["waybill_no"], name, facts["contact_phone"], title, body
        ),
    }  # fmt: skip


def _standing(
    number: int, opened: datetime, now: datetime, owner: int, random: Random, is_mine: bool
) -> dict[str, Any]:
    """A fifth is open, two of five of those claimed; a third of the open ones is late."""
    if number % 5 and not is_mine:
        ended = min(now, opened + timedelta(hours=random.uniform(1, 60)))
        return {
            "state": "resolved", "owner_id": owner, "claimed_at": opened, "first_response_at": opened,
            "resolved_at": ended, "resolved_by": "load", "result": "已核实，破损部分已按声明价值赔付。",
        }  # fmt: skip
    due = now + timedelta(hours=random.uniform(-24, 48))
    standing: dict[str, Any] = {"state": "open", "next_due_at": due, "next_due_from": opened}
    if is_mine or random.random() < 0.4:
        standing |= {"state": "working", "owner_id": owner, "claimed_at": opened}
    return standing


def _copy(model: type[models.Model], rows: Iterator[dict[str, Any]]) -> None:
    """Every column: what a row does not say has the field's default, so that a new column breaks nothing."""
    columns = [field.column for field in model._meta.concrete_fields]
    usual = {field.column: _default(field) for field in model._meta.concrete_fields}
    names = ", ".join(f'"{column}"' for column in columns)
    connection.ensure_connection()
    with connection.cursor() as cursor:
        with cursor.cursor.copy(f"COPY {model._meta.db_table} ({names}) FROM STDIN") as copy:
            for row in rows:
                values = usual | row
                copy.write_row([values[column] for column in columns])
        cursor.execute(
            f"SELECT setval('{model._meta.db_table}_id_seq', (SELECT max(id) FROM {model._meta.db_table}))"
        )


def _default(field: models.Field[Any, Any]) -> Any:
    value = field.get_default() if field.default is not NOT_PROVIDED or field.empty_strings_allowed else None
    if isinstance(field, models.JSONField) and value is not None:
        return json.dumps(value)
    return None if field.null and value == "" else value


def _parts() -> None:
    """Steps, clocks and stories, as a case of two steps has them."""
    ended = "CASE WHEN t.resolved_at IS NULL THEN {} ELSE {} END"
    for obligation, minutes in (("first_response", 15), ("close", 2880), ("step", 60)):
        _insert(
            Clock,
            "desk_ticket t ORDER BY t.id",
            ticket_id="t.id", obligation=f"'{obligation}'", state=ended.format("'running'", "'met'"),
            started_at="t.opened_at", minutes=str(minutes), calendar="'always'", calendar_version="1",
            due_at=f"coalesce(t.next_due_at, t.opened_at) + interval '{minutes} min'",
            stopped_at="t.resolved_at", next_level=ended.format("'province'", "''"),
            next_at=ended.format("t.next_due_at + interval '9 days'", "NULL"),
        )  # fmt: skip
    of_step = "desk_ticket t JOIN desk_clock c ON c.ticket_id = t.id AND c.obligation = 'step' ORDER BY t.id"
    taken = "CASE WHEN t.resolved_at IS NULL OR t.id % 3 = 0 THEN NULL ELSE {} END"
    _insert(
        Step, of_step, ticket_id="t.id", order="1", title="'网点核实情况'", unit_id="t.at_unit_id", path="t.at_path",
        minutes="60", state=ended.format("'open'", "'done'"), clock_id="c.id", due_at="c.due_at",
        opened_at="t.opened_at",
        handler_id=taken.format("t.owner_id"), claimed_at=taken.format("t.opened_at + t.id % 120 * interval '1 s'"),
        done_at="t.resolved_at", done_by=ended.format("''", "'load'"), result=ended.format("''", "'已核实'"),
    )  # fmt: skip
    _insert(
        Step, "desk_ticket t JOIN network_orgunit u ON u.code = 'HQ-CS' ORDER BY t.id", ticket_id="t.id", order="2",
        title="'客服回访并给出方案'", unit_id="u.id", path="u.path", minutes="120",
        state=ended.format("'waiting'", "'dropped'"), done_at="t.resolved_at",
    )  # fmt: skip
    _insert(
        StepRating, "desk_step t WHERE t.state = 'done' AND t.id % 20 = 3", step_id="t.id", score="1 + t.id % 5",
        at="t.done_at", path="t.path",
    )  # fmt: skip
    _stories()


def _stories() -> None:
    """Ten lines each, six of them words, which can be found."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE said (number int PRIMARY KEY, text text, search tsvector)")
        cursor.executemany(
            "INSERT INTO said VALUES (%s, %s, %s)",
            [(number, text, tokens) for number, (text, tokens) in enumerate(casewords.lines())],
        )
        cursor.execute("ANALYZE said")
    is_event = "CASE WHEN n % 5 IN (0, 4) THEN {} ELSE {} END"
    _insert(
        Entry,
        f"""desk_ticket t, generate_series(1, {ENTRIES_EACH}) n,
            said s WHERE s.number = (t.id * 37 + n * 101) % {casewords.RARELY}
            ORDER BY t.id, n""",
        ticket_id="t.id", kind="(ARRAY['event','to_customer','from_customer','note','event'])[1 + n % 5]",
        text=is_event.format("'工单开启'", "s.text"), search=is_event.format("NULL", "s.search"),
        by="'load'", at="t.opened_at + n * interval '1 hour'",
    )  # fmt: skip


def _counted(now: datetime) -> None:
    """What the board keeps of the steps of two months, by the hour and day, for every level."""
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO metrics_tallysum (grain, measure, at, path, amount, changed_at)
               SELECT g.grain, CASE WHEN s.done_at <= c.due_at THEN 'desk.step.met' ELSE 'desk.step.missed' END,
                      date_trunc(g.grain, c.due_at, g.zone), a.path, count(*), max(c.due_at)
               FROM desk_step s JOIN desk_clock c ON c.id = s.clock_id, metrics_ancestors_v1(s.path) AS a (path),
                    (VALUES ('hour', 'UTC'), ('day', 'Asia/Shanghai')) AS g (grain, zone)
               WHERE c.due_at > %(now)s - interval '62 days' AND c.due_at < %(now)s
               GROUP BY 1, 2, 3, 4""",
            {"now": now},
        )


def _insert(model: type[models.Model], source: str, **given: str) -> None:
    columns = {str(f.column): f for f in model._meta.concrete_fields if not f.primary_key}
    values = {column: given.get(column) for column in columns}
    usual = [_default(field) for column, field in columns.items() if values[column] is None]
    names = ", ".join(f'"{column}"' for column in columns)
    shown = ", ".join(value.replace("%", "%%") if value else "%s" for value in values.values())
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {model._meta.db_table} ({names}) SELECT {shown} FROM {source.replace('%', '%%')}",
            usual,
        )
