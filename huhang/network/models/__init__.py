"""The ground as tables: units, people and grants, customers, couriers and their areas, routes and standards."""

from huhang.network.models.customer import Customer
from huhang.network.models.person import ROLE_NAMES, ApiToken, Grant, Person
from huhang.network.models.product import PRODUCT_NAMES, product_code, product_name
from huhang.network.models.route import Route, RouteHub, TransitStandard
from huhang.network.models.scope import under
from huhang.network.models.territory import Courier, DeliveryArea
from huhang.network.models.unit import NothingBuilt, OrgUnit

__all__ = [
    "PRODUCT_NAMES",
    "ROLE_NAMES",
    "ApiToken",
    "Courier",
    "Customer",
    "DeliveryArea",
    "Grant",
    "NothingBuilt",
    "OrgUnit",
    "Person",
    "Route",
    "RouteHub",
    "TransitStandard",
    "product_code",
    "product_name",
    "under",
]
