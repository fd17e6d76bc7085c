"""What a person may do, and where."""

import pytest

from huhang.network.models import OrgUnit, Person, under
from tests.factories import network as made


def test_a_role_reaches_its_subtree_and_no_further(cast):
    assert cast.gao.may("desk.claim")
    assert cast.gao.may("desk.claim", cast.unit("SZ-WZ").path)
    assert not cast.gao.may("desk.claim", cast.unit("SZ-GS").path)
    assert not cast.gao.may("desk.claim", cast.unit("JS-SZ").path)
    assert not cast.gao.may("journey.rules.edit")


def test_nobody_may_nothing(cast):
    assert cast.nobody.visible_paths("desk.see") == []
    assert not OrgUnit.objects.within(cast.nobody.visible_paths("network.see")).exists()


def test_who_was_switched_off_may_nothing(cast):
    cast.gao.is_active = False
    assert not cast.gao.may("desk.see")


def test_a_superuser_may_everything():
    assert Person(username="root", is_superuser=True).visible_paths("kit.api") == ["/"]


def test_two_grants_add_up(cast):
    made.grant(cast.gao, "outlet_owner", cast.unit("HZ-XH"))
    assert cast.gao.visible_paths("desk.see") == [cast.unit("SZ-WZ").path, cast.unit("HZ-XH").path]


def test_asking_often_costs_one_query(cast, django_assert_num_queries):
    person = Person.objects.get(username="gao")
    with django_assert_num_queries(1):
        for permission in ("desk.see", "desk.claim", "network.see"):
            person.may(permission)
            person.visible_paths(permission)


@pytest.mark.django_db
def test_within_is_exact(cast):
    made.org_unit("JS-SZ2", cast.unit("JS"), "city")
    found = OrgUnit.objects.within([cast.unit("JS-SZ").path]).values_list("code", flat=True)
    assert set(found) == {"JS-SZ", "SZ-WZ", "SZ-GS", "SZ-HUB"}
    assert not OrgUnit.objects.filter(under([])).exists()
