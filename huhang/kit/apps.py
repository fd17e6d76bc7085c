from django.utils.translation import gettext_lazy as _

from huhang.kit.rooms import RoomConfig


class KitConfig(RoomConfig):
    name = "huhang.kit"
    label = "kit"
    verbose_name = _("工具")
