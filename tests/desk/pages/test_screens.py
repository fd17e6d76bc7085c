"""Big screens: who makes a link, what it shows to anybody, and how it ends."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from huhang.desk.actions import screens
from huhang.desk.models import ScreenLink
from huhang.kit.models import AuditEntry
from tests.cast import NOON, Cast
from tests.desk.pages.test_pages import PART, get, post, text
from tests.desk.scenes import a_ticket
from tests.factories import desk as factory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def address(cast: Cast, unit: str = "SZ-WZ") -> str:
    token = screens.make(unit_code=unit, name="大厅", by=cast.hua, now=timezone.now())[1]
    return reverse("desk:screen", args=[token])


class TestMaking:
    def test_tells_the_address_once_and_keeps_only_its_hash(self, cast: Cast) -> None:
        shown = text(post(cast.gao, "desk:screen_new", unit="SZ-WZ", name="收发室"))
        token = shown.split("/desk/wall/screen/")[1].split("/")[0]
        link = ScreenLink.objects.get()
        assert (link.name, link.token_hash) == ("收发室", screens.hash_of(token))
        assert token not in text(get(cast.gao, "desk:screens"))
        assert AuditEntry.objects.filter(verb="desk.screen.made", actor="gao").exists()

    @pytest.mark.parametrize(("unit", "status"), [("SZ-GS", 404), ("HQ", 404), ("nowhere", 404), ("", 422)])
    def test_of_a_foreign_unit_is_refused(self, cast: Cast, unit: str, status: int) -> None:
        assert post(cast.gao, "desk:screen_new", unit=unit, name="收发室").status_code == status
        assert not ScreenLink.objects.exists()

    def test_is_for_who_leads(self, cast: Cast) -> None:
        assert get(cast.lin, "desk:screens").status_code == 403
        assert post(cast.lin, "desk:screen_new", unit="HQ", name="收发室").status_code == 403


class TestShowing:
    def test_needs_no_log_in_and_leads_nowhere(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        factory.ticket(
            cast.unit("SZ-WZ"), now=NOON, next_due_at=NOON, title="王小明 13800001234 破损", owner=cast.gao,
            claimed_at=NOON, state="working",
        )  # fmt: skip
        answer = Client().get(address(cast))
        shown = text(answer)  # type: ignore[arg-type]
        assert answer.status_code == 200
        assert "吴中网点" in shown
        for secret in ("王小明", "13800001234", "张师傅", "高老板", "林晓", "/desk/t/", ticket.waybill_no):
            assert secret not in shown, secret
        assert answer["Cache-Control"] == "no-store"

    def test_shows_its_own_unit_alone(self, cast: Cast) -> None:
        a_ticket(cast)
        where = address(cast, "SZ-GS")
        assert "现在没有在办工单" in text(Client().get(where, headers=PART))  # type: ignore[arg-type]

    def test_takes_a_known_number_of_statements(self, cast: Cast, django_assert_max_num_queries) -> None:
        a_ticket(cast)
        where = address(cast)
        Client().get(where)
        with django_assert_max_num_queries(7):
            Client().get(where, headers=PART)

    @pytest.mark.parametrize("token", ["x", "王小明", "a" * 5000, "%00", "../wall"])
    def test_opens_for_no_other_token(self, cast: Cast, token: str) -> None:
        assert Client().get(f"/desk/wall/screen/{token}/").status_code == 404

    def test_takes_nothing(self, cast: Cast) -> None:
        assert Client().post(address(cast)).status_code == 405


class TestRevoking:
    def test_makes_the_screen_go_dark(self, cast: Cast) -> None:
        where = address(cast)
        link = ScreenLink.objects.get()
        assert "已停用" in text(post(cast.gao, "desk:screen_revoke", link.pk))
        assert post(cast.gao, "desk:screen_revoke", link.pk).status_code == 200
        answer = Client().get(where)
        assert (answer.status_code, "打不开了" in text(answer)) == (404, True)  # type: ignore[arg-type]

    def test_of_a_foreign_screen_is_not_found(self, cast: Cast) -> None:
        address(cast)
        link = ScreenLink.objects.get()
        assert post(cast.qian, "desk:screen_revoke", link.pk).status_code == 404
        assert link.name not in text(get(cast.qian, "desk:screens"))

    def test_is_not_needed_after_a_year(self, cast: Cast) -> None:
        where = address(cast)
        ScreenLink.objects.update(expires_at=timezone.now() - DAY)
        assert Client().get(where).status_code == 404
        assert "已到期" in text(get(cast.gao, "desk:screens"))
