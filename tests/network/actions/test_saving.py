"""Customers, couriers, areas, routes and standards: idempotent by code, refused outside one's own."""

import pytest

from huhang.kit.errors import NotAllowed
from huhang.kit.imports import Outcome
from huhang.network.actions import authority, customers, routes, territory
from huhang.network.models import Customer, Route
from huhang.network.rules.rows import AreaRow, CourierRow, CustomerRow, RouteRow, StandardRow
from tests.cast import NOON
from tests.factories import network as made

CASES = [
    (
        customers.save_customer,
        CustomerRow(code="C1", name="王小明", phone="13812345634", unit="SZ-WZ"),
        "name",
    ),
    (territory.save_courier, CourierRow(code="K1", name="李师傅", unit="SZ-WZ"), "name"),
    (
        territory.save_area,
        AreaRow(code="A1", name="木渎", unit="SZ-WZ", courier="ZHANG", keywords="金山路、香溪"),
        "name",
    ),
    (routes.save_route, RouteRow(code="R1", origin="SZ-WZ", destination="HZ-XH", hubs="SZ-HUB"), "product"),
    (routes.save_standard, StandardRow(origin="SZ-WZ", destination="HZ-XH", hours=48), "source"),
]


@pytest.mark.parametrize(("save", "row", "field"), CASES)
class TestSaving:
    def test_is_idempotent(self, cast, save, row, field):
        assert save(row, by=cast.gao, now=NOON) is Outcome.CREATED
        assert save(row, by=cast.gao, now=NOON) is Outcome.UNCHANGED
        if field != "product":
            assert save(row.model_copy(update={field: "别的"}), by=cast.gao, now=NOON) in Outcome
        assert save(row, by=cast.gao, now=NOON) in {Outcome.UPDATED, Outcome.UNCHANGED}

    def test_refuses_others(self, cast, save, row, field):
        with pytest.raises(authority.UnitUnknown):
            save(row, by=cast.qian, now=NOON)

    def test_refuses_those_who_only_look(self, cast, save, row, field):
        with pytest.raises(NotAllowed):
            save(row, by=cast.lin, now=NOON)


def test_a_row_wipes_nothing_it_does_not_name(cast):
    made.customer(cast.unit("SZ-WZ"), code="C1")
    customers.save_customer(CustomerRow(code="C1", name="王大明"), by=None, now=NOON)
    kept = Customer.objects.get(code="C1")
    assert (kept.name, kept.phone, kept.unit) == ("王大明", "13812345634", cast.unit("SZ-WZ"))
    assert Customer.objects.filter(search__matches="大明 5634").exists()


def test_a_customer_cannot_be_taken_away(cast):
    made.customer(cast.unit("SZ-GS"), code="C9")
    with pytest.raises(authority.UnitUnknown):
        customers.save_customer(CustomerRow(code="C9", name="x", unit="SZ-WZ"), by=cast.gao, now=NOON)


def test_a_courier_cannot_be_taken_away(cast):
    made.courier(cast.unit("SZ-GS"), code="K9")
    with pytest.raises(territory.ElsewhereAlready):
        territory.save_courier(CourierRow(code="K9", name="x", unit="SZ-WZ"), by=cast.gao, now=NOON)


def test_an_area_needs_a_courier_of_its_own_unit(cast):
    made.courier(cast.unit("SZ-GS"), code="K9")
    with pytest.raises(territory.CourierUnknown):
        territory.save_area(AreaRow(code="A1", name="x", unit="SZ-WZ", courier="K9"), by=None, now=NOON)


class TestRoutes:
    def test_keep_the_order_of_hubs(self, cast):
        made.org_unit("HZ-HUB", cast.unit("ZJ-HZ"), "hub")
        row = RouteRow(code="R1", origin="SZ-WZ", destination="HZ-XH", hubs="SZ-HUB>HZ-HUB")
        routes.save_route(row, by=None, now=NOON)
        back = row.model_copy(update={"hubs": ["HZ-HUB", "SZ-HUB"]})
        assert routes.save_route(back, by=None, now=NOON) is Outcome.UPDATED
        assert [s.hub.code for s in Route.objects.get(code="R1").stops.all()] == ["HZ-HUB", "SZ-HUB"]

    def test_refuse_a_hub_that_is_none(self, cast):
        row = RouteRow(code="R1", origin="SZ-WZ", destination="HZ-XH", hubs="SZ-GS")
        with pytest.raises(routes.HubUnknown):
            routes.save_route(row, by=None, now=NOON)

    def test_refuse_a_second_way(self, cast):
        routes.save_route(RouteRow(code="R1", origin="SZ-WZ", destination="HZ-XH"), by=None, now=NOON)
        with pytest.raises(routes.RouteTaken):
            routes.save_route(RouteRow(code="R2", origin="SZ-WZ", destination="HZ-XH"), by=None, now=NOON)
