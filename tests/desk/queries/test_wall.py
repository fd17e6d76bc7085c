"""The wall: tiles of the units below, what burns, and counts that are kept."""

from datetime import datetime, timedelta

import pytest

from huhang.desk.actions import claiming, counting_walls, steps
from huhang.desk.actions.assignment import assign_to
from huhang.desk.models import WallCount
from huhang.desk.queries import wall
from huhang.kit.errors import NotFound
from tests.cast import NOON, Cast
from tests.desk.scenes import a_ticket
from tests.factories import desk as factory

MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.django_db


class TestWall:
    def test_tiles_stand_by_time_left(self, cast: Cast) -> None:
        a_ticket(cast)
        factory.ticket(cast.unit("HZ-XH"), now=NOON, next_due_at=NOON + MINUTE)
        shown = wall.wall(cast.hua, cast.unit("HQ"), now=NOON)
        assert [(tile.unit.code, tile.live) for tile in shown.tiles] == [("ZJ", 1), ("JS", 1)]
        assert {unit.code for unit in shown.quiet} == {"HQ-CS", "HQ-CLAIMS", "HQ-FIN"}

    def test_a_case_at_the_level_itself_has_the_levels_own_tile(self, cast: Cast) -> None:
        factory.ticket(cast.unit("HQ"), now=NOON)
        assert [(t.unit.code, t.is_own) for t in wall.wall(cast.hua, cast.unit("HQ"), now=NOON).tiles] == [
            ("HQ", True)
        ]

    def test_a_case_with_a_department_elsewhere_stands_at_its_own_unit(self, cast: Cast) -> None:
        factory.ticket(cast.unit("SZ-WZ"), now=NOON, at_unit=cast.unit("HQ-CS"))
        at_hq = wall.wall(cast.hua, cast.unit("HQ"), now=NOON)
        in_js = wall.wall(cast.hua, cast.unit("JS"), now=NOON)
        assert [t.unit.code for t in at_hq.tiles] == ["HQ-CS"]
        assert [t.unit.code for t in in_js.tiles] == ["JS-SZ"]

    def test_the_colour_is_that_of_the_nearest_deadline(self, cast: Cast) -> None:
        wz = cast.unit("SZ-WZ")
        factory.ticket(wz, now=NOON, next_due_at=NOON + 9 * MINUTE, next_due_from=NOON - 60 * MINUTE)
        factory.ticket(wz, now=NOON, next_due_at=NOON + MINUTE, next_due_from=NOON - MINUTE)
        tile = wall.wall(cast.hua, cast.unit("JS-SZ"), now=NOON).tiles[0]
        assert (tile.due_at, tile.due_from) == (NOON + MINUTE, NOON - MINUTE)

    def test_lists_what_is_late_and_what_soon_will_be(self, cast: Cast) -> None:
        late = factory.ticket(cast.unit("SZ-WZ"), now=NOON, next_due_at=NOON)
        soon = factory.ticket(cast.unit("SZ-WZ"), now=NOON, next_due_at=NOON + 9 * MINUTE)
        later = factory.ticket(cast.unit("SZ-WZ"), now=NOON, next_due_at=NOON + 30 * MINUTE)
        paused = factory.ticket(cast.unit("SZ-WZ"), now=NOON, next_due_at=None)
        shown = wall.wall(cast.hua, cast.unit("HQ"), now=NOON + MINUTE)
        assert (shown.late, shown.soon, shown.later) == ([late], [soon], [later, paused])
        assert (shown.late_count, shown.soon_count, shown.later_count) == (1, 1, 2)

    def test_lists_the_most_urgent_of_each_band_and_counts_them_all(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(wall, "SHOWN", 1)
        for minutes in (2, 1, 30):
            factory.ticket(cast.unit("SZ-WZ"), now=NOON, next_due_at=NOON + minutes * MINUTE)
        shown = wall.wall(cast.hua, cast.unit("HQ"), now=NOON)
        assert [ticket.next_due_at for ticket in shown.soon] == [NOON + MINUTE]
        assert (shown.soon_count, len(shown.later)) == (2, 1)

    def test_is_closed_to_who_does_not_see_the_unit(self, cast: Cast) -> None:
        with pytest.raises(NotFound):
            wall.root_for(cast.qian, "SZ-WZ")
        with pytest.raises(NotFound):
            wall.root_for(cast.nobody, "")
        assert wall.root_for(cast.qian, "").code == "SZ-GS"

    def test_takes_four_statements(self, cast: Cast, django_assert_num_queries) -> None:
        a_ticket(cast)
        cast.hua.visible_paths("desk.see")
        with django_assert_num_queries(4):
            shown = wall.wall(cast.hua, cast.unit("HQ"), now=NOON)
            str([(tile.unit, shown.above, shown.late) for tile in shown.tiles])

    def test_stands_on_the_wall_of_each_unit_that_owes_a_step(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        steps.add(
            ticket_no=ticket.no, unit_code="SZ-HUB", title="查分拨监控", minutes=10, by=cast.hua, now=NOON
        )
        for code in ("SZ-WZ", "SZ-HUB", "JS-SZ"):
            assert wall.wall(cast.hua, cast.unit(code), now=NOON).live_count == 1, code

    def test_counts_as_unclaimed_what_waits_for_the_unit_whoever_owns_the_case(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        assign_to(ticket_no=ticket.no, person=cast.lin, reason="客户点名", by=cast.hua, now=NOON)
        assert wall.wall(cast.hua, cast.unit("HQ"), now=NOON).unclaimed_count == 1
        claiming.claim(ticket_no=ticket.no, by=cast.gao, now=NOON)
        assert wall.wall(cast.hua, cast.unit("HQ"), now=NOON).unclaimed_count == 0

    def test_of_a_big_screen_is_the_same_without_a_way_up(self, cast: Cast) -> None:
        a_ticket(cast)
        shown = wall.screen(cast.unit("JS"), now=NOON)
        assert ([tile.unit.code for tile in shown.tiles], shown.above) == (["JS-SZ"], [])


class TestKeptCounts:
    """Of a level with many live cases, workers count."""

    def look(self, cast: Cast, *, now: datetime = NOON) -> wall.Wall:
        shown = wall.wall(cast.hua, cast.unit("HQ"), now=now)
        counting_walls.look(shown=shown, now=now)
        return shown

    def test_are_those_of_a_look(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(counting_walls, "FEW", 1)
        for _ in range(2):
            a_ticket(cast)
        counted = self.look(cast)
        assert (counted.kept, counting_walls.refresh(now=NOON)) == (None, 1)
        kept = self.look(cast, now=NOON + MINUTE)
        assert (kept.tiles, kept.as_of) == (counted.tiles, NOON)
        assert counted.live_count == 2

    def test_are_counted_again_as_often_as_it_is_cheap(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(counting_walls, "FEW", 0)
        a_ticket(cast)
        self.look(cast)
        counting_walls.refresh(now=NOON)
        WallCount.objects.update(took=1500)
        a_ticket(cast)
        at = NOON + timedelta(seconds=29)
        assert (counting_walls.refresh(now=at), self.look(cast, now=at).live_count) == (0, 1)
        at = NOON + timedelta(seconds=31)
        assert (counting_walls.refresh(now=at), self.look(cast, now=at).live_count) == (1, 2)

    def test_are_not_trusted_when_nobody_counts(self, cast: Cast) -> None:
        factory.wall_count(cast.unit("HQ"), now=NOON, as_of=NOON - 3 * MINUTE)
        a_ticket(cast)
        assert self.look(cast).live_count == 1

    def test_of_few_cases_are_not_kept(self, cast: Cast) -> None:
        a_ticket(cast)
        self.look(cast)
        assert not WallCount.objects.exists()
