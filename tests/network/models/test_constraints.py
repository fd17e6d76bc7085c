"""What the database refuses, whoever asks."""

import pytest
from django.db import IntegrityError

from huhang.network.models import Customer, OrgUnit
from tests.factories import network as made

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "wrong",
    [
        {"path": "/HQ/other/"},
        {"path": "/HQ/x"},
        {"path": "HQ/x/"},
        {"code": "a/b", "path": "/HQ/a/b/"},
        {"level": 6},
        {"level": 0},
        {"parent": None},
        {"kind": "hq"},
    ],
)
def test_a_unit_out_of_place(wrong):
    root = made.org_unit("HQ")
    values = {"code": "x", "path": "/HQ/x/", "level": 4, "kind": "outlet", "parent": root, **wrong}
    with pytest.raises(IntegrityError):
        OrgUnit.objects.create(name="x", **values)


def test_an_unknown_role():
    with pytest.raises(IntegrityError):
        made.grant(made.person(), "emperor", made.org_unit())


def test_a_standard_that_takes_no_time():
    unit = made.org_unit()
    with pytest.raises(IntegrityError):
        made.transit_standard(unit, unit, hours=0)


class TestSearch:
    """PostgreSQL agrees with what `tests/kit/test_search.py` believes of it."""

    @pytest.mark.parametrize(
        ("wanted", "found"),
        [
            ("王小明", True),
            ("小明", True),
            ("明", True),
            ("5634", True),
            ("13812345634", True),
            ("王明", False),
            ("1381", False),
            ("5635", False),
            ("", False),
            ("'\\:*&|", False),
            ("𠮷", False),
        ],
    )
    def test_finds_what_it_should(self, wanted, found):
        made.customer()
        assert Customer.objects.filter(search__matches=wanted).exists() is found

    def test_stores_whatever_people_are_called(self):
        made.customer(name="𠮷'\\野:1 & | ! <-> * \t 王")
        assert Customer.objects.filter(search__matches="𠮷 野 王").exists()

    def test_uses_its_index(self, django_assert_num_queries):
        plan = Customer.objects.filter(search__matches="王小明").explain(costs=False)
        assert "search" in plan
