"""The list's pages: views, columns, exports and verbs for many, and what they cost."""

import re
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from huhang.desk.actions import claiming, clocks, counting_views
from huhang.desk.models import BulkRun, Clock, ColumnChoice, SavedView, Ticket
from huhang.desk.pages.columns import COLUMNS, known
from huhang.desk.rules.filters import NAMES
from huhang.desk.rules.kinds import State
from huhang.network.models import Person
from tests.cast import NOON, Cast
from tests.desk.pages.test_pages import PART, get, signed_in, text
from tests.desk.scenes import a_ticket
from tests.factories import desk as factory
from tests.factories import network as ground
from tests.factories.network import grant, person

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def send(who: Person, route: str, *args: object, **fields: object) -> HttpResponse:
    """Post a form; unlike `post`, its fields may be called `name` and `query`."""
    return signed_in(who).post(reverse(route, args=args), fields, headers=PART)  # type: ignore[return-value]


def rows(shown: str) -> set[str]:
    return set(re.findall(r'data-row="(\w+)"', shown))


class TestFilters:
    @pytest.mark.parametrize(
        "query",
        [
            "priority=high", "product=express", "customer_class=contract", "entrance=wecom", "language=en",
            "value_over=1000", "waybill=SX9 0000 0001", "escalated=1", "reopened=1", "paused=1", "handler=gao",
            "owner=gao", "family=child", "closing=owner", "courier=ZHANG", "source=wanted", "owes=SZ-HUB",
            "happened=SZ-GS", "state=over&ended_by=lin", "state=over&resolved_from=2026-11-20&resolved_to=2026-11-20",
            "opened_to=2026-11-18", "due_to=2026-11-19", "merged=1", "escalated_to=JS", "opened_by=chu",
            "claimed_from=2026-11-20&claimed_to=2026-11-20", "responded_from=2026-11-20&responded_to=2026-11-20",
            "value_under=1200.01&value_over=1",
        ],
    )  # fmt: skip
    def test_each_finds_the_one_that_it_means(self, cast: Cast, query: str) -> None:
        other = factory.ticket(cast.unit("SZ-WZ"), now=NOON, next_due_at=NOON + 60 * MINUTE)
        wanted = self.wanted(cast, other, is_over="state=over" in query)
        assert rows(text(get(cast.hua, "desk:tickets", query=f"?{query}", **PART))) == {wanted.no}

    def wanted(self, cast: Cast, other: Ticket, *, is_over: bool) -> Ticket:
        """A case that is unlike the other one in everything."""
        ended = {"state": State.RESOLVED, "resolved_at": NOON, "resolved_by": "lin"}
        ticket = factory.ticket(
            cast.unit("SZ-GS"), now=NOON - timedelta(days=3), at_unit=cast.unit("SZ-HUB"), priority="high",
            product="express", customer_class="contract", entrance="wecom", language="en", value=Decimal(1200),
            waybill_no="SX900000001", escalated_to=cast.unit("JS"), reopened_count=1, reopened_at=NOON, parent=other,
            closing="owner", courier=cast.zhang, source="wanted", owner=cast.gao, claimed_at=NOON, merged_into=other,
            first_response_at=NOON, opened_by="chu", next_due_at=NOON - timedelta(days=2),
            **(ended if is_over else {"state": State.WORKING}),
        )  # fmt: skip
        step = factory.step(ticket, now=NOON, handler=cast.gao, claimed_at=NOON)
        Clock.objects.filter(step=step).update(state="paused")
        return ticket

    def test_a_relative_day_stays_in_the_form(self, cast: Cast) -> None:
        """A date field would show nothing, and the next change of the form would drop it unseen."""
        shown = text(get(cast.hua, "desk:tickets", query="?opened_from=7d&resolved_to=2026-11-20"))
        assert 'type="text" name="opened_from" value="7d"' in shown
        assert 'type="date" name="resolved_to" value="2026-11-20"' in shown

    def test_owners_to_choose_are_those_of_ones_own_places(self, cast: Cast) -> None:
        found = re.findall(r'value="(\w+)"', text(get(cast.gao, "desk:owner_options", **PART)))
        assert "gao" in found
        assert not {"qian", "hua"} & set(found)  # next door, and at headquarters
        chosen = text(get(cast.gao, "desk:owner_options", query="?owner=hua", **PART))
        assert '<option value="hua" selected>hua</option>' in chosen  # and no name of theirs

    def test_couriers_and_customers_are_offered_within_sight(self, cast: Cast) -> None:
        ground.courier(cast.unit("HZ-XH"), name="张远", code="X-9")
        for term in ("", "张", "zha"):
            shown = text(get(cast.gao, "desk:courier_options", query=f"?courier={quote(term)}", **PART))
            assert f'<option value="{cast.zhang.code}">' in shown
            assert "X-9" not in shown
        ground.customer(unit=cast.unit("SZ-WZ"), name="王小美", code="C-1")
        ground.customer(unit=cast.unit("HZ-XH"), name="王远", code="C-2")
        shown = text(get(cast.gao, "desk:customer_options", query="?customer=C-", **PART))
        assert re.findall(r'value="(\S+)"', shown) == ["C-1"]
        assert "王小美" not in shown

    def test_every_column_can_be_narrowed(self) -> None:
        by_words = {"case": {"kind", "q"}, "contact": {"q"}, "phone": {"q"}}
        by_others = {
            "due": {"due_from", "due_to", "late", "soon"}, "at_unit": {"owes", "unit"}, "unit": {"happened"},
            "escalated": {"escalated", "escalated_to"}, "value": {"value_over", "value_under"},
            "opened_at": {"opened_from", "opened_to"}, "claimed_at": {"claimed_from", "claimed_to"},
            "first_response_at": {"first_response", "responded_from", "responded_to"},
            "resolved_at": {"resolved_from", "resolved_to"}, "resolved_by": {"ended_by"},
        }  # fmt: skip
        found = {key: (by_words | by_others).get(key, {key}) for key in COLUMNS}
        assert not {name for names in found.values() for name in names} - NAMES

    def test_whatever_stands_in_the_address_the_list_opens(self, cast: Cast) -> None:
        client = signed_in(cast.gao)
        a_ticket(cast)
        for name in sorted(NAMES):
            for value in ("'", "\x00", "x__y", "9" * 80, "-1", "../../etc", "none", "me", "1"):
                answer = client.get(reverse("desk:tickets"), {name: value, "state": "all"}, headers=PART)
                assert answer.status_code == 200, (name, value)

    def test_chips_say_what_is_active_and_take_it_off(self, cast: Cast) -> None:
        shown = text(get(cast.gao, "desk:tickets", query="?kind=complaint&happened=SZ-WZ&owner=me", **PART))
        assert re.sub(r"\s+", "", "发生在<b>吴中网点</b>") in re.sub(r"\s+", "", shown)
        assert 'href="?kind=complaint&amp;happened=SZ-WZ"' in shown


class TestCost:
    def statements(self, cast: Cast, query: str = "", **headers: str) -> int:
        client = signed_in(cast.gao)
        address = reverse("desk:tickets") + query
        client.get(address, headers=headers)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get(address, headers=headers)
        return len(asked)

    def test_a_list_takes_as_many_statements_for_many_rows_as_for_one(self, cast: Cast) -> None:
        a_ticket(cast)
        whole, part = self.statements(cast), self.statements(cast, **PART)
        for _ in range(5):
            a_ticket(cast)
        assert (self.statements(cast), self.statements(cast, **PART)) == (whole, part)
        # session, person, grants, the rows and the person's columns
        assert part <= 5
        assert whole <= 12

    def test_no_page_counts_for_a_view(self, cast: Cast) -> None:
        client = signed_in(cast.gao)
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse("desk:view_counts"))
        assert not [q["sql"] for q in asked if "desk_ticket" in q["sql"]]


class TestViews:
    def test_are_saved_shown_with_their_count_and_removed(self, cast: Cast) -> None:
        a_ticket(cast)
        assert "存为视图" in text(get(cast.gao, "desk:tickets"))
        assert "只给自己" in text(get(cast.gao, "desk:view_save", query="?kind=complaint", **PART))
        send(cast.gao, "desk:view_save", name="投诉", query="kind=complaint")
        view = SavedView.objects.get(owner=cast.gao)
        get(cast.gao, "desk:tickets")
        while counting_views.refresh(now=timezone.now()):
            pass
        shown = text(get(cast.gao, "desk:view_counts"))
        tab = shown[shown.index(f'data-view="{view.pk}"') :].split("</a>")[0]
        assert ">1</span>" in tab
        assert "截至" in tab
        send(cast.gao, "desk:view_rename", view.pk, name="我的投诉")
        assert "我的投诉" in text(get(cast.gao, "desk:tickets"))
        assert send(cast.gao, "desk:view_remove", view.pk)["HX-Redirect"] == reverse("desk:tickets")
        assert not SavedView.objects.filter(owner=cast.gao).exists()

    def test_named_alone_brings_its_filters(self, cast: Cast) -> None:
        a_ticket(cast)
        view = factory.saved_view(cast.gao, query="kind=urge")
        assert rows(text(get(cast.gao, "desk:tickets", query=f"?view={view.pk}", **PART))) == set()

    def test_of_somebody_else_is_as_if_not_named(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        view = factory.saved_view(cast.hua, name="秘密", query="kind=urge")
        shown = text(get(cast.gao, "desk:tickets", query=f"?view={view.pk}"))
        assert rows(shown) == {ticket.no}
        assert "秘密" not in shown

    def test_shared_ones_show_each_only_what_is_theirs(self, cast: Cast) -> None:
        mine, theirs = a_ticket(cast), a_ticket(cast, unit=cast.unit("SZ-GS"))
        led = person("led", home=cast.unit("JS"))
        grant(led, "province_lead", cast.unit("JS"))
        send(led, "desk:view_save", name="全省", unit="JS", query="kind=complaint")
        view = SavedView.objects.get(path=cast.unit("JS").path)
        for who, sees in ((cast.gao, {mine.no}), (cast.qian, {theirs.no}), (led, {mine.no, theirs.no})):
            assert rows(text(get(who, "desk:tickets", query=f"?view={view.pk}", **PART))) == sees
        assert send(cast.gao, "desk:view_change", view.pk, query="").status_code == 403

    def test_are_shared_nowhere_else(self, cast: Cast) -> None:
        assert send(cast.gao, "desk:view_save", name="x", unit="JS", query="").status_code == 403
        assert send(cast.lin, "desk:view_save", name="x", unit="HQ", query="").status_code == 403

    def test_columns_are_tried_out_and_then_kept(self, cast: Cast) -> None:
        view = factory.saved_view(cast.gao)
        address = send(cast.gao, "desk:columns", column=["case", "value"], back=f"view={view.pk}")[
            "HX-Redirect"
        ]
        assert not ColumnChoice.objects.exists()
        shown = signed_in(cast.gao).get(address).content.decode()
        assert "更新视图" in shown
        send(cast.gao, "desk:view_change", view.pk, query="kind=complaint&columns=case,value")
        view.refresh_from_db()
        assert view.columns == ["case", "value"]


class TestColumns:
    def test_every_one_can_be_shown_and_written(self, cast: Cast) -> None:
        ticket = a_ticket(cast, value=Decimal("88.5"), priority="high")
        claiming.claim(ticket_no=ticket.no, by=cast.gao, now=NOON)
        send(cast.gao, "desk:columns", column=list(COLUMNS))
        shown = text(get(cast.gao, "desk:tickets", **PART))
        assert all(str(column.label) in shown for column in COLUMNS.values())
        assert "13800001234" not in shown
        assert "88.50" in shown

    def test_the_case_itself_is_always_there_and_foreign_names_are_not(self) -> None:
        assert known(["owner__password", "value", "value"]) == ["case", "value"]

    def test_the_file_has_the_columns_of_the_screen_in_their_order(self, cast: Cast) -> None:
        a_ticket(cast, title="=HYPERLINK(1)")
        send(cast.gao, "desk:columns", column=["priority", "case", "contact"])
        lines = get(cast.gao, "desk:tickets_csv").content.decode("utf-8-sig").splitlines()
        assert lines[0] == "优先级,工单号,类型,标题,联系人"
        assert "'=HYPERLINK(1)" in lines[1]
        assert lines[1].endswith("王*")
        sheet = load_workbook(BytesIO(get(cast.gao, "desk:tickets_xlsx").content)).active
        assert sheet is not None
        assert [cell.value for cell in sheet[1]] == lines[0].split(",")

    def test_chosen_rows_alone_can_be_written(self, cast: Cast) -> None:
        ticket, foreign = a_ticket(cast), a_ticket(cast, unit=cast.unit("SZ-GS"))
        a_ticket(cast)
        answer = send(cast.gao, "desk:tickets_csv", no=[ticket.no, foreign.no])
        lines = answer.content.decode("utf-8-sig").splitlines()
        assert len(lines) == 2
        assert ticket.no in lines[1]


class TestBulk:
    def ask(self, cast: Cast, **fields: object) -> str:
        return text(send(cast.gao, "desk:bulk_ask", **fields))

    def begin(self, cast: Cast, **fields: object) -> str:
        return text(send(cast.gao, "desk:bulk_begin", once=uuid4().hex, **fields))

    @pytest.mark.parametrize("verb", ["claim", "assign", "priority", "note", "hand_over", "pause", "resume"])
    def test_says_first_what_will_happen(self, cast: Cast, verb: str) -> None:
        shown = self.ask(cast, verb=verb, no=[a_ticket(cast).no])
        assert re.sub(r"\s", "", "<b>1</b>单会照办") in re.sub(r"\s", "", shown)

    def test_of_foreign_cases_nothing_is_chosen(self, cast: Cast) -> None:
        foreign = a_ticket(cast, unit=cast.unit("SZ-GS"))
        assert send(cast.gao, "desk:bulk_ask", verb="claim", no=[foreign.no]).status_code == 422
        self.begin(cast, verb="claim", no=[foreign.no])
        assert not BulkRun.objects.exists()

    def test_all_that_match_are_read_anew(self, cast: Cast) -> None:
        tickets = {a_ticket(cast).no for _ in range(3)}
        a_ticket(cast, unit=cast.unit("SZ-GS"))
        shown = self.begin(cast, verb="claim", all="1", query="kind=complaint")
        assert "3</b> 单已完成" in shown
        assert set(Ticket.objects.filter(owner=cast.gao).values_list("no", flat=True)) == tickets

    def test_failures_come_as_a_file(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        clocks.pause(ticket_no=ticket.no, reason="customer-info", by=cast.gao, now=NOON)
        self.begin(cast, verb="pause", pause="customer-info", no=[ticket.no])
        run = BulkRun.objects.get()
        lines = get(cast.gao, "desk:bulk_failures", run.pk).content.decode("utf-8-sig").splitlines()
        assert lines == ["工单号,原因", f"{ticket.no},这个时钟没有在走，不能暂停。"]
        assert "没有办成" in text(get(cast.gao, "desk:bulk_run", run.pk))

    def test_is_found_again_by_whoever_began_it(self, cast: Cast) -> None:
        self.begin(cast, verb="note", text="x", no=[a_ticket(cast).no])
        assert "加内部备注" in text(get(cast.gao, "desk:bulk_runs"))
        assert "加内部备注" not in text(get(cast.qian, "desk:bulk_runs"))

    def test_is_refused_to_those_who_may_do_it_nowhere(self, cast: Cast) -> None:
        auditor = person("shen")
        grant(auditor, "auditor", cast.unit("HQ"))
        ticket = a_ticket(cast)
        assert send(auditor, "desk:bulk_ask", verb="claim", no=[ticket.no]).status_code == 403
        assert (
            send(auditor, "desk:bulk_begin", verb="claim", no=[ticket.no], once=uuid4().hex).status_code
            == 403
        )

    @pytest.mark.parametrize(
        "fields",
        [
            {},
            {"verb": "delete", "no": ["x"]},
            {"verb": "claim", "no": ["x"] * 201},
            {"verb": "note", "colour": "red"},
        ],
    )
    def test_nonsense_is_refused_in_words(self, cast: Cast, fields: dict[str, object]) -> None:
        assert send(cast.gao, "desk:bulk_ask", **fields).status_code == 422
