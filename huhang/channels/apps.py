from django.utils.translation import gettext_lazy as _

from huhang.kit.rooms import RoomConfig


class ChannelsConfig(RoomConfig):
    name = "huhang.channels"
    label = "channels"
    verbose_name = _("渠道")
