from django.utils.translation import gettext_lazy as _

from huhang.kit.rooms import RoomConfig


class GuidanceConfig(RoomConfig):
    name = "huhang.guidance"
    label = "guidance"
    verbose_name = _("话术指引")
