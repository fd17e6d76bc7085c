"""The tree, people, roles: what each sees, and what stays shut."""

import pytest
from django.urls import reverse

from huhang.network.models import Grant, OrgUnit, Person
from huhang.network.pages import people
from huhang.network.rules import roles
from tests.factories import network as made


@pytest.fixture
def enter(client):
    def _enter(person):
        client.force_login(person)
        return client

    return _enter


class TestTree:
    def test_opens_at_the_top_of_ones_sight(self, cast, enter):
        page = enter(cast.gao).get(reverse("network:units"))
        assert page.context["here"].code == "SZ-WZ"
        assert [line.unit.code for line in page.context["lines"]] == ["SZ-WZ"]
        assert "姑苏" not in page.content.decode()

    def test_opens_down_to_the_unit(self, cast, enter):
        lines = enter(cast.hua).get(reverse("network:units"), {"at": "JS-SZ"}).context["lines"]
        shown = [(line.unit.code, line.depth) for line in lines]
        assert ("HQ", 0) in shown
        assert ("JS-SZ", 2) in shown
        assert ("SZ-WZ", 3) in shown
        assert ("HZ-XH", 3) not in shown

    def test_counts_the_whole_subtree(self, cast, enter):
        made.customer(cast.unit("SZ-WZ"))
        counts = enter(cast.hua).get(reverse("network:units"), {"at": "JS-SZ"}).context["counts"]
        assert (counts.units, counts.people, counts.couriers, counts.customers) == ("3", "2", "1", "1")

    def test_takes_a_known_number_of_statements(self, cast, enter, django_assert_num_queries):
        client = enter(cast.hua)
        client.get(reverse("network:units"))
        with django_assert_num_queries(10):
            client.get(reverse("network:units"), {"at": "JS-SZ"})

    def test_does_not_know_a_unit_of_others(self, cast, enter):
        assert enter(cast.gao).get(reverse("network:units"), {"at": "SZ-GS"}).status_code == 404
        assert enter(cast.gao).get(reverse("network:units"), {"at": "HQ"}).status_code == 404

    def test_searches_within_ones_sight(self, cast, enter):
        assert (
            enter(cast.gao).get(reverse("network:units"), {"q": "网点"}).context["found"].rows[0].code
            == "SZ-WZ"
        )
        assert len(enter(cast.hua).get(reverse("network:units"), {"q": "网点"}).context["found"]) == 3

    def test_tells_a_new_carrier_where_to_begin(self, db, enter):
        root = made.person("root", is_superuser=True)
        assert "建立总部" in enter(root).get(reverse("network:units")).content.decode()

    def test_adds_and_moves_by_the_form(self, cast, enter):
        client = enter(cast.hua)
        posted = {
            "code": "SZ-NEW",
            "name": "新网点",
            "kind": "outlet",
            "parent": "JS-SZ",
            "is_active": "true",
        }
        assert client.post(reverse("network:new", args=["units"]), posted).status_code == 204
        moved = {**posted, "parent": "ZJ-HZ"}
        client.post(reverse("network:edit", args=["units", "SZ-NEW"]), moved)
        assert OrgUnit.objects.get(code="SZ-NEW").path == "/HQ/ZJ/ZJ-HZ/SZ-NEW/"


class TestPeople:
    def test_are_those_of_ones_own_units(self, cast, enter):
        page = enter(cast.gao).get(reverse("network:people")).content.decode()
        assert "高老板" in page
        assert "钱老板" not in page
        assert enter(cast.gao).get(reverse("network:person", args=["qian"])).status_code == 404

    def test_take_a_known_number_of_statements(self, cast, enter, django_assert_num_queries):
        client = enter(cast.hua)
        client.get(reverse("network:people"))
        with django_assert_num_queries(5):
            client.get(reverse("network:people"))

    def test_are_filtered_by_role_and_unit(self, cast, enter):
        page = enter(cast.hua).get(reverse("network:people"), {"role": "outlet_owner", "unit": "SZ-WZ"})
        assert [person.username for person, _ in page.context["lines"]] == ["gao"]

    def test_are_added_given_a_role_and_a_password(self, cast, enter):
        client = enter(cast.gao)
        posted = {
            "username": "xin",
            "display_name": "新人",
            "phone": "",
            "home": "SZ-WZ",
            "is_active": "true",
        }
        assert client.post(reverse("network:person-new"), posted).status_code == 204
        given = {"role": "outlet_clerk", "unit": "SZ-WZ"}
        assert client.post(reverse("network:give", args=["xin"]), given).status_code == 204
        client.post(reverse("network:password", args=["xin"]), {"password": "three-words-more"})
        xin = Person.objects.get(username="xin")
        assert xin.check_password("three-words-more")
        assert xin.may("desk.claim")
        client.post(reverse("network:withdraw", args=["xin", xin.grants.get().pk]))
        assert not Grant.objects.filter(person=xin).exists()

    def test_only_roles_that_one_may_give_are_offered(self, cast, enter):
        offered = dict(enter(cast.gao).get(reverse("network:person", args=["gao"])).context["roles"])
        assert "outlet_clerk" in offered
        assert "hq_manager" not in offered

    def test_nobody_raises_himself(self, cast, enter):
        given = {"role": "hq_manager", "unit": "SZ-WZ"}
        assert enter(cast.gao).post(reverse("network:give", args=["gao"]), given).status_code == 403

    def test_a_token_is_shown_once(self, cast, enter):
        root = made.person("root", is_superuser=True)
        client = enter(root)
        answer = client.post(reverse("network:issue", args=["gao"]), {"name": "ERP", "days": "30"})
        token = answer.context["token"]
        assert token in answer.content.decode()
        assert token not in client.get(reverse("network:person", args=["gao"])).content.decode()

    def test_export_is_masked(self, cast, enter):
        cast.gao.phone = "13812345634"
        cast.gao.save()
        text = enter(cast.hua).get(reverse("network:people-export")).content.decode()
        assert "138******34" in text
        assert "13812345634" not in text


def test_every_permission_has_a_name():
    assert roles.EVERY_PERMISSION - people.PERMISSION_NAMES.keys() == set()


def test_the_table_of_roles(cast, enter):
    page = enter(cast.gao).get(reverse("network:roles")).content.decode()
    assert "网点负责人" in page
    assert "说明用途后查看完整的姓名电话" in page
