"""Files of the ground: each kind is a row model and the verb that takes it. The order is the one to import in."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from huhang.kit.imports import importer
from huhang.network.actions import customers, people, routes, territory, tree
from huhang.network.rules import rows

IMPORT = "network.import"

importer("orgs", label=pgettext_lazy("several", "组织单元"), row=rows.UnitRow, permission=IMPORT)(
    tree.save_unit
)
importer("people", label=_("人员与授权"), row=rows.PersonRow, permission=IMPORT)(people.save_person)
importer("customers", label=pgettext_lazy("several", "客户"), row=rows.CustomerRow, permission=IMPORT)(
    customers.save_customer
)
importer("couriers", label=pgettext_lazy("several", "快递员"), row=rows.CourierRow, permission=IMPORT)(
    territory.save_courier
)
importer("areas", label=_("派送区域"), row=rows.AreaRow, permission=IMPORT)(territory.save_area)
importer("routes", label=_("路由"), row=rows.RouteRow, permission=IMPORT)(routes.save_route)
importer("standards", label=pgettext_lazy("several", "时效标准"), row=rows.StandardRow, permission=IMPORT)(
    routes.save_standard
)
