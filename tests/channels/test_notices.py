"""Notices: told once, to whom they concern, seen by nobody else."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from huhang.channels.actions.notices import NobodyToTell, notify, read, read_all
from huhang.channels.models import Notice
from huhang.channels.queries import notices as queries
from huhang.kit.errors import NotFound
from huhang.kit.models import Outbox
from tests.desk.api.test_api import caller
from tests.factories.channels import notice

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def tell(cast, key="k1", **facts):
    given = {"unit": cast.unit("SZ-WZ"), "kind": "desk.warn", "title": "首次响应临近时限", "now": NOON}
    return notify(key=key, **(given | facts))


def waiting(person):
    return queries.unread(person, queries.own_units(person))


class TestNotify:
    def test_tells_once(self, cast):
        first = tell(cast)
        assert tell(cast, title="别的") == first
        assert Notice.objects.get().title == "首次响应临近时限"
        assert Outbox.objects.count() == 1

    def test_refuses_without_an_addressee(self, cast):
        with pytest.raises(NobodyToTell):
            tell(cast, unit=None)

    def test_rings_where_it_concerns(self, cast):
        tell(cast)
        tell(cast, "k2", person=cast.gao)
        announced = list(Outbox.objects.order_by("pk").values_list("path", "ref"))
        path, gao = cast.unit("SZ-WZ").path, f"person-{cast.gao.pk}"
        assert announced == [(path, "unit-SZ-WZ"), (path, ""), ("", gao)]

    def test_shortens_what_is_too_long(self, cast):
        assert len(tell(cast, title="长" * 300, body="长" * 900).body) == 500

    def test_a_link_never_leaves_the_house(self, cast):
        with pytest.raises(IntegrityError), transaction.atomic():
            tell(cast, link="https://elsewhere.example/")


class TestWhose:
    def test_the_unit_hears_what_nobody_owns(self, cast):
        tell(cast)
        assert [waiting(p) for p in (cast.gao, cast.qian, cast.hua)] == [1, 0, 0]

    def test_working_somewhere_is_not_enough(self, cast):
        told = tell(cast)
        assert waiting(cast.nobody) == 0
        assert told not in queries.visible(cast.nobody, queries.own_units(cast.nobody))

    def test_one_person_hears_what_is_hers(self, cast):
        tell(cast, person=cast.qian)
        assert [waiting(p) for p in (cast.gao, cast.qian)] == [0, 1]

    def test_those_above_may_look_without_being_rung(self, cast):
        told = tell(cast)
        assert told in queries.visible(cast.hua, queries.own_units(cast.hua))
        assert told not in queries.visible(cast.qian, queries.own_units(cast.qian))

    def test_the_bell_stops_counting(self, cast, django_assert_num_queries):
        for n in range(120):
            notice(at=NOON, path=cast.unit("SZ-WZ").path, key=f"many{n}")
        units = queries.own_units(cast.gao)
        with django_assert_num_queries(1):
            assert queries.unread(cast.gao, units) == 100


class TestRead:
    def test_notes_who_saw_it_first(self, cast):
        told = tell(cast)
        read(notice_id=told.pk, by=cast.gao, now=NOON)
        again = read(notice_id=told.pk, by=cast.hua, now=NOON + timedelta(hours=1))
        assert (again.read_by, again.read_at) == (cast.gao, NOON)

    def test_what_is_not_mine_is_not_there(self, cast):
        told = tell(cast)
        with pytest.raises(NotFound):
            read(notice_id=told.pk, by=cast.qian, now=NOON)

    def test_all_of_mine_and_no_more(self, cast):
        tell(cast)
        tell(cast, "k2", person=cast.gao, unit=None)
        tell(cast, "k3", unit=cast.unit("SZ-GS"))
        assert read_all(by=cast.gao, now=NOON) == 2
        assert waiting(cast.qian) == 1


class TestPrograms:
    def test_hear_the_bell_of_their_person_and_no_other(self, cast):
        seen, foreign = tell(cast), tell(cast, "k2", unit=cast.unit("SZ-GS"), title="隔壁的事")
        gao = caller(cast.gao)
        [told] = gao.get("/api/v1/notices", {"unread": "true"}).json()["items"]
        assert (told["id"], told["title"], told["read_at"]) == (seen.pk, "首次响应临近时限", None)
        assert gao.post(f"/api/v1/notices/{foreign.pk}/read").status_code == 404
        assert gao.post(f"/api/v1/notices/{seen.pk}/read").json()["read_by"] == "gao"
        tell(cast, "k3")
        assert gao.post("/api/v1/notices/read").json() == {"count": 1}
        assert gao.get("/api/v1/notices", {"unread": "true"}).json()["items"] == []
        assert Notice.objects.get(pk=foreign.pk).read_at is None


class TestPages:
    @pytest.fixture
    def client(self, cast):
        client = Client()
        client.force_login(cast.gao, backend="django.contrib.auth.backends.ModelBackend")
        return client

    def test_the_bell_counts(self, cast, client):
        tell(cast)
        text = client.get("/channels/bell/").content.decode()
        assert '<span class="bell-count">1</span>' in text
        assert 'data-kinds="channels.notice"' in text

    def test_the_list_costs_the_same_for_many(self, cast, client, django_assert_max_num_queries):
        for n in range(30):
            notice(at=NOON, path=cast.unit("SZ-WZ").path, key=f"many{n}", title=f"第 {n} 条")
        with django_assert_max_num_queries(9):
            text = client.get("/channels/").content.decode()
        assert "第 29 条" in text

    def test_reading_leads_to_the_case(self, cast, client):
        told = tell(cast, link="/desk/t/T00000001/")
        answer = client.post(f"/channels/{told.pk}/read/")
        assert (answer.status_code, answer["Location"]) == (302, "/desk/t/T00000001/")
        assert waiting(cast.gao) == 0

    def test_a_look_alone_marks_nothing(self, cast, client):
        told = tell(cast)
        assert client.get(f"/channels/{told.pk}/read/").status_code == 405
        assert waiting(cast.gao) == 1

    def test_an_empty_list_says_what_will_come(self, cast, client):
        assert "还没有通知" in client.get("/channels/").content.decode()

    def test_strangers_go_to_the_entrance(self):
        assert Client().get("/channels/").status_code == 302
