"""Saved views: whose they are, who may change them, and counts that no page ever takes."""

from datetime import timedelta

import pytest

from huhang.desk.actions import counting_views, views
from huhang.desk.actions.views import NotYours
from huhang.desk.models import SavedView, ViewCount
from huhang.desk.queries import views as queries
from huhang.desk.rules.filters import Filters
from huhang.kit.errors import NotAllowed, NotFound
from huhang.kit.models import AuditEntry
from huhang.network.models import Person
from tests.cast import NOON, Cast
from tests.desk.scenes import a_ticket
from tests.factories import desk as factory
from tests.factories.network import grant, person

pytestmark = pytest.mark.django_db
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
LATE = Filters.from_query({"kind": "complaint", "late": "1"})


def save(by: Person, *, name: str = "超时投诉", unit: str = "", filters: Filters = LATE) -> SavedView:
    return views.save(name=name, filters=filters, columns=[], unit=unit, by=by, now=NOON)


def lead(cast: Cast, code: str = "JS") -> Person:
    """Somebody who leads a province."""
    led = person(f"lead-{code.lower()}", home=cast.unit(code))
    grant(led, "province_lead", cast.unit(code))
    return led


class TestSaved:
    def test_keep_the_filters(self, cast: Cast) -> None:
        view = save(cast.gao)
        assert view.query == "kind=complaint&late=1"
        assert queries.filters_of(view) == LATE

    def test_are_ones_own(self, cast: Cast) -> None:
        view = save(cast.gao)
        assert queries.reachable(cast.gao, view.pk) == view
        for stranger in (cast.qian, cast.hua, cast.nobody):
            with pytest.raises(NotFound):
                queries.reachable(stranger, view.pk)

    def test_shared_are_for_all_who_work_there_and_for_no_other_province(self, cast: Cast) -> None:
        view = save(lead(cast), unit="JS")
        assert view in queries.views_of(cast.gao)
        assert view in queries.views_of(cast.qian)
        xihu = person("xh", home=cast.unit("HZ-XH"))
        grant(xihu, "outlet_owner", cast.unit("HZ-XH"))
        for foreign in (xihu, lead(cast, "ZJ"), cast.nobody):
            with pytest.raises(NotFound):
                queries.reachable(foreign, view.pk)

    def test_nobody_shares_where_they_may_not(self, cast: Cast) -> None:
        with pytest.raises(NotAllowed):
            save(lead(cast), unit="ZJ")
        with pytest.raises(NotAllowed):
            save(cast.gao, unit="JS")

    def test_shared_are_changed_by_those_who_may_share_there_on_the_record(self, cast: Cast) -> None:
        view = save(lead(cast), unit="JS")
        with pytest.raises(NotYours):
            views.rename(view_id=view.pk, name="我的", by=cast.gao, now=NOON)
        assert list(
            AuditEntry.objects.filter(verb__startswith="desk.view").values_list("verb", flat=True)
        ) == ["desk.view.shared"]

    def test_of_a_role_are_there_from_the_start_and_nobodys_to_change(self, cast: Cast) -> None:
        names = [view.name for view in queries.views_of(cast.lin)]
        assert names == ["待我处理", "我关注的", "待认领", "将超时", "已超时", "等待客户", "今日办结"]
        with pytest.raises(NotYours):
            views.remove(view_id=queries.views_of(cast.lin)[0].pk, by=cast.lin, now=NOON)

    def test_loading_the_pack_again_adds_nothing(self, cast: Cast) -> None:
        assert views.load_pack() == 0

    def test_are_put_in_order(self, cast: Cast) -> None:
        first, second = save(cast.gao, name="一"), save(cast.gao, name="二")
        views.move(view_id=second.pk, step=-1, by=cast.gao)
        own = [view for view in queries.views_of(cast.gao) if view.owner_id]
        assert own == [second, first]

    def test_no_more_than_thirty(self, cast: Cast) -> None:
        SavedView.objects.bulk_create(SavedView(name=str(n), owner=cast.gao) for n in range(30))
        with pytest.raises(views.TooManyViews):
            save(cast.gao)


class TestCounts:
    def look(self, by: Person, now=NOON) -> None:
        counting_views.look(views=queries.views_of(by), known=[], by=by, now=now)

    def count(self, by: Person, name: str) -> int | None:
        view = next(v for v in queries.views_of(by) if v.name == name)
        return next((c.count for c in queries.counts_of(by, [view])), None)

    def test_are_taken_aside_within_what_each_may_see(self, cast: Cast) -> None:
        a_ticket(cast)
        a_ticket(cast, unit=cast.unit("SZ-GS"))
        self.look(cast.gao)
        self.look(cast.lin)
        while counting_views.refresh(now=NOON):
            pass
        assert (self.count(cast.gao, "待认领"), self.count(cast.lin, "待认领")) == (1, 2)
        assert (self.count(cast.gao, "待我处理"), self.count(cast.qian, "待认领")) == (0, None)

    def test_are_shared_by_those_who_see_the_same_unless_it_is_about_me(self, cast: Cast) -> None:
        mate = person("mate", home=cast.unit("SZ-WZ"))
        grant(mate, "outlet_owner", cast.unit("SZ-WZ"))
        self.look(cast.gao)
        before = ViewCount.objects.count()
        self.look(mate)
        about_me = [v for v in queries.views_of(mate) if queries.filters_of(v).speaks_of_me]
        assert ViewCount.objects.count() == before + len(about_me)

    def test_are_not_taken_again_at_once_nor_for_nobody(self, cast: Cast) -> None:
        self.look(cast.gao)
        while counting_views.refresh(now=NOON):
            pass
        assert counting_views.refresh(now=NOON + 29 * SECOND) == 0
        assert counting_views.refresh(now=NOON + 31 * SECOND) > 0
        assert counting_views.refresh(now=NOON + 2 * HOUR) == 0

    def test_stop_above_a_thousand(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("huhang.desk.queries.tickets.COUNTED_AT_MOST", 1)
        for _ in range(4):
            factory.ticket(cast.unit("SZ-WZ"), now=NOON)
        self.look(cast.gao)
        while counting_views.refresh(now=NOON):
            pass
        assert self.count(cast.gao, "待认领") == 2

    def test_of_a_changed_view_are_forgotten(self, cast: Cast) -> None:
        view = save(cast.gao)
        self.look(cast.gao)
        views.change(view_id=view.pk, filters=Filters(), columns=[], by=cast.gao, now=NOON)
        assert not view.counts.exists()
