from django.utils.translation import gettext_lazy as _

from huhang.kit.rooms import RoomConfig


class DeskConfig(RoomConfig):
    name = "huhang.desk"
    label = "desk"
    verbose_name = _("服务台")
