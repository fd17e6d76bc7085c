"""The case page: what stands around a case, and that no note of colleagues ever leaves the house."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from huhang.channels.models import Outgoing
from huhang.desk.actions import answering, claiming, linking, macros, progress, splitting
from huhang.desk.models import Draft, Macro, Ticket
from huhang.desk.rules.kinds import Kind
from tests.cast import NOON, Cast
from tests.desk.pages.test_pages import PART, get, post, signed_in, text
from tests.desk.scenes import a_ticket
from tests.factories import desk as factory

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
# Words that stand in notes alone.
SECRET = "派件员私下说忘了送"


class TestPage:
    def test_names_one_next_action(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        assert "请先认领" in text(get(cast.gao, "desk:ticket", ticket.no))
        claiming.claim(ticket_no=ticket.no, by=cast.gao, now=NOON)
        assert "请先回复客户" in text(get(cast.gao, "desk:ticket", ticket.no))
        answering.answer(ticket_no=ticket.no, text="马上核实", by=cast.gao, now=NOON)
        shown = text(get(cast.gao, "desk:ticket", ticket.no))
        assert "请办理：网点核实情况" in shown
        assert shown.count("btn-primary") <= 2  # the action and the composer's
        answering.hear(ticket=ticket, text="到哪了", now=NOON)
        assert "客户有新消息" in text(get(cast.gao, "desk:ticket", ticket.no))

    def test_leads_on_through_the_list_that_one_came_by(self, cast: Cast) -> None:
        first, second, third = (a_ticket(cast) for _ in range(3))
        a_ticket(cast, Kind.URGE)
        shown = text(get(cast.gao, "desk:ticket", second.no, query="?from=kind%3Dcomplaint"))
        links = re.findall(r'data-do="(before|after)" href="([^"]+)"', shown)
        assert {what: url.split("?")[0] for what, url in links} == {
            "before": reverse("desk:ticket", args=[first.no]),
            "after": reverse("desk:ticket", args=[third.no]),
        }

    @pytest.mark.parametrize("query", ["?from=%00", "?from=state=nonsense", "?from=" + "x" * 2000])
    def test_takes_no_harm_from_an_odd_list(self, cast: Cast, query: str) -> None:
        assert get(cast.gao, "desk:ticket", a_ticket(cast).no, query=query).status_code == 200

    def test_the_side_takes_a_known_number_of_statements(
        self, cast: Cast, django_assert_max_num_queries: Any
    ) -> None:
        ticket = a_ticket(cast)
        for _ in range(3):
            other = a_ticket(cast)
            factory.case_link(ticket, other, now=NOON)
            factory.follower(ticket, cast.people["hua"], now=NOON) if not ticket.followers.exists() else None
        client = signed_in(cast.gao)
        with django_assert_max_num_queries(12):
            shown = text(client.get(reverse("desk:side", args=[ticket.no]), headers=PART))  # type: ignore[arg-type]
        assert "这位客户的其他工单" in shown
        assert "13800001234" not in shown

    def test_relatives_that_one_may_not_see_are_only_counted(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        foreign = a_ticket(cast, unit=cast.unit("SZ-GS"), title="姑苏的事")
        factory.case_link(ticket, foreign, now=NOON)
        shown = text(get(cast.gao, "desk:side", ticket.no, **PART))
        assert "另有 1 张" in shown
        assert foreign.no not in shown
        assert "姑苏的事" not in shown


class TestJoining:
    def test_merging_needs_both_within_reach(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        foreign = a_ticket(cast, unit=cast.unit("SZ-GS"))
        for name, fields in (
            ("desk:merge", {"into": foreign.no, "reason": "重复"}),
            ("desk:link_cases", {"other": foreign.no, "kind": "related"}),
        ):
            assert post(cast.gao, name, ticket.no, **fields).status_code == 404
        assert Ticket.objects.get(pk=ticket.pk).is_live

    def test_merged_the_survivor_shows_both_promises_and_the_story(self, cast: Cast) -> None:
        one, other = a_ticket(cast, title="第一单"), a_ticket(cast)
        answering.hear(ticket=one, text="第一单里的话", now=NOON)
        answer = post(
            cast.gao,
            "desk:merge",
            one.no,
            into=other.no,
            reason="重复",
            version=Ticket.objects.get(pk=one.pk).version,
        )
        assert "本单已并入" in text(answer)
        assert f"来自 {one.no}" in text(get(cast.gao, "desk:ticket", other.no))
        assert "第一单里的话" in text(get(cast.gao, "desk:merged", other.no, **PART))
        assert post(cast.gao, "desk:unmerge", one.no).status_code in (200, 409)

    def test_splitting_opens_the_new_case(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        answering.hear(ticket=ticket, text="还有一票", now=NOON)
        entry = ticket.entries.get(text="还有一票")
        assert "还有一票" in text(get(cast.gao, "desk:split", ticket.no, **PART))
        answer = post(
            cast.gao, "desk:split", ticket.no, entries=[entry.pk], title="另一票", kind="urge", unit="SZ-WZ"
        )
        made = Ticket.objects.exclude(pk=ticket.pk).get()
        assert answer["HX-Redirect"] == reverse("desk:ticket", args=[made.no])
        assert post(
            cast.gao, "desk:split", ticket.no, entries=[entry.pk], title="x", kind="urge", unit="SZ-GS"
        ).status_code == 404  # fmt: skip

    def test_a_macro_is_looked_at_and_run(self, cast: Cast) -> None:
        ticket, macro = a_ticket(cast), Macro.objects.get(slug="received")
        assert macro.name in text(get(cast.gao, "desk:macro_run", ticket.no, **PART))
        shown = text(get(cast.gao, "desk:macro_run", ticket.no, query=f"?macro={macro.pk}", **PART))
        assert "SX7730000000011" in shown
        answer = post(
            cast.gao, "desk:macro_run", ticket.no, macro=macro.pk, answer="收到", version=ticket.version
        )
        assert "收到" in text(answer)
        old = post(
            cast.gao, "desk:macro_run", ticket.no, macro=macro.pk, answer="再次", version=ticket.version
        )
        assert (old.status_code, old["HX-Retarget"]) == (409, "#stale-dialog")

    def test_macros_are_kept_on_their_page(self, cast: Cast) -> None:
        assert "已受理，马上核实" in text(get(cast.gao, "desk:macros"))
        keep = {"name": "我的宏", "answer": "好的"}
        signed_in(cast.gao).post(reverse("desk:macro"), keep, headers=PART)
        mine = Macro.objects.get(name="我的宏")
        assert "好的" in text(get(cast.gao, "desk:macro", query=f"?macro={mine.pk}", **PART))
        bad = keep | {"answer": "{密码}"}
        assert signed_in(cast.gao).post(reverse("desk:macro"), bad, headers=PART).status_code == 422
        assert (
            get(cast.gao, "desk:macro", query=f"?macro={Macro.objects.get(slug='received').pk}").status_code
            == 404
        )
        post(cast.gao, "desk:macro_remove", macro=mine.pk)
        assert not Macro.objects.filter(name="我的宏").exists()


class TestDrafts:
    def test_are_kept_fetched_and_gone_once_sent(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        post(cast.gao, "desk:draft", ticket.no, kind="reply", text="写到一半", tab="a", ago=0)
        assert "写到一半" in text(get(cast.gao, "desk:ticket", ticket.no))
        assert "写到一半" not in text(get(cast.lin, "desk:ticket", ticket.no))
        assert get(cast.gao, "desk:draft", ticket.no).json()["reply"]["text"] == "写到一半"  # type: ignore[attr-defined]
        post(cast.gao, "desk:answer", ticket.no, text="写到一半", version=ticket.version)
        assert not Draft.objects.exists()

    def test_stay_when_sending_was_refused(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        post(cast.gao, "desk:draft", ticket.no, kind="reply", text="写到一半")
        claiming.claim(ticket_no=ticket.no, by=cast.lin, now=NOON)
        assert post(cast.gao, "desk:answer", ticket.no, text="写到一半", version=1).status_code == 409
        assert Draft.objects.get().text == "写到一半"

    def test_one_left_behind_is_offered_to_the_owner(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        left = factory.draft(ticket, cast.lin, now=NOON, text="林晓的话")
        assert "留下的草稿" not in text(get(cast.gao, "desk:ticket", ticket.no))
        claiming.claim(ticket_no=ticket.no, by=cast.gao, now=NOON)
        assert "林晓 留下的草稿" in text(get(cast.gao, "desk:ticket", ticket.no))
        assert "林晓的话</textarea>" in text(post(cast.gao, "desk:take_draft", ticket.no, draft=left.pk))
        assert post(cast.gao, "desk:take_draft", ticket.no, draft=left.pk).status_code == 404

    def test_presence_tells_who_is_there(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        post(cast.lin, "desk:here", ticket.no, is_typing="true")
        assert "正在输入" in text(post(cast.gao, "desk:here", ticket.no))
        post(cast.lin, "desk:here", ticket.no, is_leaving="true")
        assert "林晓" not in text(get(cast.gao, "desk:here", ticket.no))

    def test_names_are_offered_to_those_who_may_write(self, cast: Cast) -> None:
        shown = text(get(cast.gao, "desk:mentionable", a_ticket(cast).no, query="?term=林"))
        assert "林晓" in shown
        assert "钱老板" not in text(get(cast.gao, "desk:mentionable", a_ticket(cast).no))


# ---- What a customer can get hold of, whatever was done to the case before.
def as_it_is(cast: Cast, ticket: Ticket) -> Ticket:
    return ticket


def merged(cast: Cast, ticket: Ticket) -> Ticket:
    other = a_ticket(cast)
    answering.note(ticket_no=other.no, text=SECRET, by=cast.lin, now=NOON)
    return linking.merge(ticket_no=ticket.no, into_no=other.no, reason=SECRET, by=cast.lin, now=NOON)


def split(cast: Cast, ticket: Ticket) -> Ticket:
    answering.hear(ticket=ticket, text="还有一票", now=NOON)
    chosen = ticket.entries.filter(kind__in=["note", "from_customer"])
    return splitting.split(
        ticket_no=ticket.no, entry_ids=[e.pk for e in chosen], title="另一票", kind=Kind.URGE,
        unit_code="SZ-WZ", by=cast.lin, now=NOON,
    )  # fmt: skip


def by_macro(cast: Cast, ticket: Ticket) -> Ticket:
    actions = [{"do": "note", "text": SECRET}, {"do": "answer", "text": "已加急"}]
    macro = factory.macro(cast.unit("HQ"), path="/", actions=actions)
    return macros.run(
        ticket_no=ticket.no, macro_id=macro.pk, texts={}, version=None, link_at=str, by=cast.lin, now=NOON
    )


def mentioned(cast: Cast, ticket: Ticket) -> Ticket:
    answering.note(ticket_no=ticket.no, text=f"@高老板 {SECRET}", by=cast.lin, now=NOON)
    return ticket


def drafted(cast: Cast, ticket: Ticket) -> Ticket:
    factory.draft(ticket, cast.lin, now=NOON, text=SECRET)
    return ticket


def handed_over(cast: Cast, ticket: Ticket) -> Ticket:
    from huhang.desk.actions import steps

    return steps.hand_over(ticket_no=ticket.no, unit_code="SZ-HUB", reason=SECRET, by=cast.gao, now=NOON)


DEEDS = (as_it_is, merged, split, by_macro, mentioned, drafted, handed_over)


def outputs(tickets: list[Ticket]) -> Iterator[tuple[str, str]]:
    """Everything that a customer's address gives, whatever routes there are, and every message that went out."""
    from huhang.desk import public_urls

    for ticket in tickets:
        token = progress.issue_link(ticket=ticket, now=timezone.now())
        for pattern in public_urls.urlpatterns:
            names = re.findall(r"<\w+:(\w+)>", str(pattern.pattern))
            if "token" not in names or len(names) > 1:
                continue
            address = reverse(f"progress:{pattern.name}", args=[token])
            cache.clear()  # nobody is too quick here
            for query in ("", "?embed=1", "?format=json", "?lang=en"):
                answer = Client().get(address + query)
                content = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
                yield address + query, content.decode(errors="replace")
    for message in Outgoing.objects.all():
        yield f"message {message.pk}", str(vars(message))


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.__name__)
def test_no_note_reaches_a_customer(cast: Cast, deed: Any) -> None:
    ticket = a_ticket(cast)
    answering.note(ticket_no=ticket.no, text=SECRET, by=cast.lin, now=NOON)
    deed(cast, Ticket.objects.get(pk=ticket.pk))
    seen = dict(outputs(list(Ticket.objects.all())))
    assert any(ticket.title in shown for shown in seen.values())  # the pages did open
    assert [where for where, shown in seen.items() if SECRET in shown] == []
