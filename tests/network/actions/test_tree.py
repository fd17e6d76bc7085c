"""The tree: what may be changed by whom, and what a move does to those below."""

import pytest

from huhang.kit.errors import NotAllowed
from huhang.kit.imports import Outcome
from huhang.kit.models import AuditEntry
from huhang.network.actions import authority, tree
from huhang.network.models import OrgUnit
from huhang.network.rules.rows import UnitRow
from tests.cast import NOON


def unit(**values) -> UnitRow:
    return UnitRow(**{"code": "SZ-NEW", "name": "新网点", "kind": "outlet", "parent": "JS-SZ", **values})


class TestSaveUnit:
    def test_adds_and_then_changes_only_what_is_said(self, cast):
        assert tree.save_unit(unit(phone="1"), by=cast.hua, now=NOON) is Outcome.CREATED
        assert tree.save_unit(unit(), by=cast.hua, now=NOON) is Outcome.UNCHANGED
        assert tree.save_unit(unit(name="更名"), by=cast.hua, now=NOON) is Outcome.UPDATED
        saved = OrgUnit.objects.get(code="SZ-NEW")
        assert (saved.path, saved.level, saved.phone, saved.name) == ("/HQ/JS/JS-SZ/SZ-NEW/", 4, "1", "更名")

    def test_refuses_who_may_not_edit_there(self, cast):
        with pytest.raises(NotAllowed):
            tree.save_unit(unit(), by=cast.lin, now=NOON)
        with pytest.raises(authority.UnitUnknown):  # the city above Gao's outlet is none of his business
            tree.save_unit(unit(), by=cast.gao, now=NOON)
        with pytest.raises(authority.UnitUnknown):
            tree.save_unit(unit(code="SZ-GS", name="mine now"), by=cast.gao, now=NOON)

    def test_lets_an_owner_add_below_his_own(self, cast):
        assert tree.save_unit(unit(parent="SZ-WZ"), by=cast.gao, now=NOON) is Outcome.CREATED

    @pytest.mark.parametrize(
        ("kind", "parent"), [("province", "JS-SZ"), ("hq", "HQ"), ("city", "SZ-WZ"), ("outlet", "")]
    )
    def test_refuses_the_wrong_place(self, cast, kind, parent):
        with pytest.raises(tree.WrongPlace):
            tree.save_unit(unit(kind=kind, parent=parent), by=None, now=NOON)

    def test_refuses_a_new_kind_for_a_parent(self, cast):
        with pytest.raises(tree.KindIsFixed):
            tree.save_unit(unit(code="JS-SZ", kind="outlet", parent="JS"), by=None, now=NOON)


class TestMove:
    def test_takes_everything_below_along(self, cast):
        tree.move(code="JS-SZ", to="ZJ", by=cast.hua, now=NOON)
        moved = OrgUnit.objects.get(code="SZ-WZ")
        assert moved.path == "/HQ/ZJ/JS-SZ/SZ-WZ/"
        assert not OrgUnit.objects.within(["/HQ/JS/"]).exclude(code="JS").exists()
        assert AuditEntry.objects.get(verb="network.move").before == {"path": "/HQ/JS/JS-SZ/"}

    def test_corrects_the_levels(self, cast):
        tree.move(code="SZ-GS", to="SZ-WZ", by=cast.hua, now=NOON)
        assert OrgUnit.objects.get(code="SZ-GS").level == 5

    def test_is_what_another_parent_in_a_row_means(self, cast):
        row = unit(code="SZ-GS", name="姑苏网点", parent="ZJ-HZ")
        assert tree.save_unit(row, by=cast.hua, now=NOON) is Outcome.UPDATED
        assert OrgUnit.objects.get(code="SZ-GS").path == "/HQ/ZJ/ZJ-HZ/SZ-GS/"

    def test_refuses_a_ring(self, cast):
        with pytest.raises(tree.WrongPlace):
            tree.move(code="SZ-WZ", to="SZ-WZ", by=cast.hua, now=NOON)

    def test_refuses_a_sixth_level(self, cast):
        tree.save_unit(unit(parent="SZ-WZ"), by=None, now=NOON)
        with pytest.raises(tree.TooDeep):
            tree.move(code="SZ-WZ", to="SZ-GS", by=cast.hua, now=NOON)

    def test_refuses_to_move_into_what_is_not_ones_own(self, cast):
        tree.save_unit(unit(parent="SZ-WZ"), by=None, now=NOON)
        with pytest.raises(authority.UnitUnknown):
            tree.move(code="SZ-NEW", to="SZ-GS", by=cast.gao, now=NOON)
