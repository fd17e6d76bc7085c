"""The one search box: everything that was said is found, by those who may see the case, and by nobody else."""

import pytest
from django.urls import reverse

from huhang.desk.actions import answering
from huhang.desk.models import Ticket
from huhang.desk.queries import find
from huhang.desk.queries.finding import marked
from huhang.desk.queries.tickets import Filters, listed
from tests.cast import NOON, Cast
from tests.desk.pages.test_pages import signed_in
from tests.desk.scenes import a_ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(cast: Cast) -> Ticket:
    ticket = a_ticket(cast)
    answering.note(ticket_no=ticket.no, text="张师傅说放在菜鸟驿站三号架", by=cast.gao, now=NOON)
    answering.answer(ticket_no=ticket.no, text="我们已联系驿站核对监控", by=cast.gao, now=NOON)
    answering.hear(ticket=ticket, text="门卫大爷说没见过", now=NOON)
    return ticket


def found(cast: Cast, term: str, who: str = "gao") -> list[str]:
    return [hit["title"].split()[0] for hit in find(cast.people[who], term, now=NOON)]


class TestFind:
    @pytest.mark.parametrize(
        "term",
        [
            "SX7730000000011",
            "SX7730 0000 00011",  # as somebody reads it off the label
            "13800001234",
            "138 0000 1234",
            "1234",
            "王小明",
            "压扁",  # two characters of the body
            "外箱破损",
            "驿站",  # a note and an answer
            "菜鸟驿站三号架",
            "核对监控",
            "门卫大爷",  # the customer's own words
        ],
    )
    def test_finds_a_case_by(self, cast: Cast, ticket: Ticket, term: str) -> None:
        assert found(cast, term) == [ticket.no]

    def test_finds_a_case_by_its_number_or_the_end_of_it(self, cast: Cast, ticket: Ticket) -> None:
        short = str(int(ticket.no[1:]))
        for term in (ticket.no, ticket.no.lower(), f"T{short}", short.rjust(4, "0")):
            assert found(cast, term) == [ticket.no], term

    @pytest.mark.parametrize("term", ["驿站", "王小明", "SX7730000000011", "1234", "门卫"])
    def test_tells_the_outlet_next_door_nothing(self, cast: Cast, ticket: Ticket, term: str) -> None:
        assert found(cast, term, "qian") == []
        assert found(cast, term, "nobody") == []

    def test_a_foreign_number_is_nothing(self, cast: Cast, ticket: Ticket) -> None:
        assert found(cast, ticket.no, "qian") == []

    @pytest.mark.parametrize("term", ["站驿", "没有这句话", "'; DROP TABLE", "a & !b", "%", "<mark>", "\x00"])
    def test_finds_nothing_that_was_not_said(self, cast: Cast, ticket: Ticket, term: str) -> None:
        assert found(cast, term) == []

    def test_shows_the_line_with_the_words_marked_and_whose_it_was(self, cast: Cast, ticket: Ticket) -> None:
        (hit,) = find(cast.gao, "三号架", now=NOON)
        assert hit["line"] == "内部备注：张师傅说放在菜鸟驿站<mark>三号架</mark>"

    def test_takes_a_known_number_of_statements(
        self, cast: Cast, ticket: Ticket, django_assert_num_queries
    ) -> None:
        find(cast.gao, "驿站", now=NOON)  # what is known of the words is remembered from here on
        with django_assert_num_queries(3):
            find(cast.gao, "驿站", now=NOON)
        with django_assert_num_queries(4):
            find(cast.gao, "1234", now=NOON)

    def test_a_list_is_narrowed_by_the_same_words(self, cast: Cast, ticket: Ticket) -> None:
        a_ticket(cast, title="别的事")
        assert list(listed(cast.gao, Filters(q="门卫大爷"), now=NOON)) == [ticket]
        assert list(listed(cast.qian, Filters(q="门卫大爷"), now=NOON)) == []

    def test_the_box_shows_the_mark(self, cast: Cast, ticket: Ticket) -> None:
        shown = signed_in(cast.gao).get(reverse("search"), {"q": "三号架"}).content.decode()
        assert "<mark>三号架</mark>" in shown


class TestMarked:
    def test_escapes_what_people_wrote(self) -> None:
        assert marked("<b>三号架</b>", "三号架") == "&lt;b&gt;<mark>三号架</mark>&lt;/b&gt;"

    def test_masks_phones_beside_the_word(self) -> None:
        assert "13800001234" not in marked("驿站老板13800001234", "驿站")

    def test_cuts_a_long_text_around_the_word(self) -> None:
        piece = marked("前" * 100 + "驿站" + "后" * 100, "驿站")
        assert piece.startswith("…前")
        assert piece.endswith("后…")
        assert len(piece) < 90
