from django.utils.translation import gettext_lazy as _

from huhang.kit.rooms import RoomConfig


class NetworkConfig(RoomConfig):
    name = "huhang.network"
    label = "network"
    verbose_name = _("网络")
