from django.utils.translation import gettext_lazy as _

from huhang.kit.rooms import RoomConfig


class JourneyConfig(RoomConfig):
    name = "huhang.journey"
    label = "journey"
    verbose_name = _("运单轨迹")
