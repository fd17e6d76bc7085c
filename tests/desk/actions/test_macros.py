"""Macros: all of it or nothing, with words that are filled in and nothing else."""

import pytest

from huhang.desk.actions import claiming, macros
from huhang.desk.models import Macro, Ticket
from huhang.desk.queries import macros as queries
from huhang.desk.rules import macros as rule
from huhang.desk.rules.kinds import ClockState, EntryKind, Priority
from huhang.desk.rules.macros import Fault, Place
from huhang.kit.errors import NotAllowed, NotFound, Stale
from huhang.network.models import Person
from tests.cast import NOON, Cast
from tests.desk.scenes import a_ticket
from tests.factories import desk as factory

pytestmark = pytest.mark.django_db


def run(ticket: Ticket, macro: Macro, by: Person, *, version=None, **texts: str) -> Ticket:
    return macros.run(
        ticket_no=ticket.no, macro_id=macro.pk, texts=texts, version=version,
        link_at=lambda token: f"https://huhang.test/p/{token}", by=by, now=NOON,
    )  # fmt: skip


class TestRun:
    def test_does_all_in_one(self, cast: Cast) -> None:
        ticket, macro = a_ticket(cast), Macro.objects.get(slug="ask-photos")
        run(ticket, macro, cast.gao)
        said = ticket.entries.get(kind=EntryKind.TO_CUSTOMER).text
        assert "https://huhang.test/p/" in said
        assert ticket.clocks.filter(state=ClockState.PAUSED).exists()

    def test_does_nothing_when_one_deed_is_refused(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        macro = factory.macro(
            cast.unit("HQ"),
            actions=[{"do": "answer", "text": "好"}, {"do": "hand_over", "unit": "NOWHERE", "reason": "x"}],
        )
        with pytest.raises(NotFound):
            run(ticket, macro, cast.gao)
        assert not ticket.entries.filter(kind=EntryKind.TO_CUSTOMER).exists()

    def test_does_nothing_on_an_old_version(self, cast: Cast) -> None:
        ticket, macro = a_ticket(cast), Macro.objects.get(slug="received")
        old = ticket.version
        claiming.claim(ticket_no=ticket.no, by=cast.lin, now=NOON)
        with pytest.raises(Stale):
            run(ticket, macro, cast.gao, version=old)
        assert not ticket.entries.filter(kind=EntryKind.TO_CUSTOMER).exists()

    def test_sets_the_priority_and_writes_the_note_for_colleagues(self, cast: Cast) -> None:
        ticket, macro = a_ticket(cast), Macro.objects.get(slug="redeliver")
        run(ticket, macro, cast.gao, answer="已加急")
        ticket.refresh_from_db()
        assert ticket.priority == Priority.HIGH
        with pytest.raises(macros.PlaceholderLeft):
            run(ticket, macro, cast.gao, answer="单号 {运单号}")

    def test_is_refused_without_the_right_to_each_deed(self, cast: Cast) -> None:
        ticket, macro = a_ticket(cast), Macro.objects.get(slug="delivered-confirm")
        from huhang.network.models import Grant

        Grant.objects.filter(person=cast.gao).update(role="courier")
        with pytest.raises(NotAllowed):
            run(ticket, macro, Person.objects.get(pk=cast.gao.pk))


class TestPreview:
    def test_fills_in_what_is_known_and_names_what_is_not(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        macro = factory.macro(
            cast.unit("HQ"),
            actions=[{"do": "answer", "text": "{客户姓氏}您好，{运单号} 预计 {预计送达}，{进度链接}"}],
        )
        [line] = queries.preview(macro, ticket, now=NOON)
        assert line.text == "王您好，SX7730000000011 预计 {预计送达}，{进度链接}"
        assert line.missing == ["预计送达"]

    def test_speaks_the_cases_language(self, cast: Cast) -> None:
        ticket = a_ticket(cast, language="en")
        unit = ticket.at_unit
        unit.name_en = "Wuzhong outlet"
        unit.save()
        told = [{"do": "answer", "text": "{单位} {运单号}"}]
        [line] = queries.preview(factory.macro(cast.unit("HQ"), actions=told), ticket, now=NOON)
        assert line.text == "Wuzhong outlet SX7730000000011"


class TestSaving:
    def written(self, path: str, text: str = "好的") -> macros.Written:
        return macros.Written(name="好的", path=path, actions=[{"do": "answer", "text": text}])

    def test_ones_own_is_seen_by_nobody_else(self, cast: Cast) -> None:
        made = macros.save_macro(macro_id=None, written=self.written(""), by=cast.gao, now=NOON)
        assert made in queries.usable_by(cast.gao)
        assert made not in queries.usable_by(cast.hua)

    def test_that_of_a_place_is_for_those_below_it(self, cast: Cast) -> None:
        path = cast.unit("SZ-WZ").path
        made = macros.save_macro(macro_id=None, written=self.written(path), by=cast.gao, now=NOON)
        assert made not in queries.usable_by(cast.qian)
        with pytest.raises(NotFound):
            run(a_ticket(cast), made, cast.qian)

    @pytest.mark.parametrize("path", ["/", "/HQ/", "/HQ/JS/JS-SZ/SZ-GS/"])
    def test_an_outlet_sets_none_for_others(self, cast: Cast, path: str) -> None:
        with pytest.raises(NotAllowed):
            macros.save_macro(macro_id=None, written=self.written(path), by=cast.gao, now=NOON)
        with pytest.raises(NotFound):
            macros.remove(macro_id=Macro.objects.get(slug="received").pk, by=cast.gao, now=NOON)

    @pytest.mark.parametrize("text", ["{0.__class__}", "{客户电话}", "{settings}"])
    def test_takes_no_other_words_in_braces(self, cast: Cast, text: str) -> None:
        with pytest.raises(macros.MacroIsFaulty):
            macros.save_macro(macro_id=None, written=self.written("", text), by=cast.gao, now=NOON)


@pytest.mark.parametrize(
    ("actions", "fault"),
    [
        ([], Fault.EMPTY),
        ([{"do": "explode"}], Fault.UNKNOWN_DEED),
        ([{"do": "note", "text": "a"}, {"do": "note", "text": "b"}], Fault.TWICE),
        ([{"do": "hand_over", "unit": "HQ"}], Fault.INCOMPLETE),
        ([{"do": "answer", "text": "x" * 2001}], Fault.TOO_LONG),
        ([{"do": "note", "text": "{进度链接}"}], Fault.LINK_IN_NOTE),
        (
            [{"do": "resolve", "text": "x"}, {"do": "hand_over", "unit": "HQ", "reason": "x"}],
            Fault.BOTH_ENDS,
        ),
    ],
)
def test_faults(actions: list[dict[str, str]], fault: Fault) -> None:
    assert fault in rule.faults(actions)


def test_a_value_with_braces_is_not_filled_in_again() -> None:
    assert rule.filled("{单位}", {Place.UNIT: "{运单号}", Place.WAYBILL: "SX1"}) == "{运单号}"


def test_every_macro_of_the_pack_is_without_fault(cast: Cast) -> None:
    assert Macro.objects.count() == 12
    assert not [macro.slug for macro in Macro.objects.all() if rule.faults(macro.actions)]
