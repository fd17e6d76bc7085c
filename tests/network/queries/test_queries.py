"""Promises, tokens and the one search box."""

from datetime import timedelta

from huhang.network import queries
from tests.cast import NOON
from tests.factories import network as made


class TestPromiseFor:
    def test_takes_the_nearest_standard(self, cast, django_assert_num_queries):
        made.transit_standard(cast.unit("JS"), cast.unit("ZJ"), 60)
        made.transit_standard(cast.unit("JS-SZ"), cast.unit("ZJ-HZ"), 48)
        made.transit_standard(cast.unit("JS"), cast.unit("ZJ"), 30, product="express")
        with django_assert_num_queries(1):
            general = queries.promise_for(cast.unit("SZ-WZ"), cast.unit("HZ-XH"))
        express = queries.promise_for(cast.unit("SZ-WZ"), cast.unit("HZ-XH"), "express")
        assert general is not None
        assert express is not None
        assert (general.hours, express.hours) == (48, 30)
        assert queries.promise_for(cast.unit("HZ-XH"), cast.unit("SZ-WZ")) is None


class TestPersonOfToken:
    def test_is_found_until_it_expires(self, cast):
        made.api_token(cast.gao, "secret", NOON)
        caller = queries.person_of_token("secret", NOON)
        assert caller is not None
        assert caller.person == cast.gao
        assert queries.person_of_token("Secret", NOON) is None
        assert queries.person_of_token("secret", NOON + timedelta(days=31)) is None

    def test_of_somebody_switched_off_is_dead(self, cast):
        made.api_token(cast.gao, "secret", NOON)
        cast.gao.is_active = False
        cast.gao.save()
        assert queries.person_of_token("secret", NOON) is None


class TestFind:
    def test_finds_ones_own_masked(self, cast, django_assert_num_queries):
        made.customer(cast.unit("SZ-WZ"), name="王小明")
        made.customer(cast.unit("SZ-GS"), name="王小明")
        cast.gao.held  # noqa: B018 (read before counting)
        with django_assert_num_queries(3):
            hits = queries.find(cast.gao, "小明", now=NOON)
        assert [hit["title"] for hit in hits] == ["王* 138******34"]

    def test_finds_couriers_and_units(self, cast):
        assert [hit["title"] for hit in queries.find(cast.hua, "张师傅", now=NOON)] == ["张师傅"]
        assert [hit["detail"] for hit in queries.find(cast.hua, "吴中", now=NOON)] == ["SZ-WZ · 网点"]

    def test_finds_nothing_for_nobody(self, cast):
        assert queries.find(cast.nobody, "吴中", now=NOON) == []
