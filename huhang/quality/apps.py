from django.utils.translation import gettext_lazy as _

from huhang.kit.rooms import RoomConfig


class QualityConfig(RoomConfig):
    name = "huhang.quality"
    label = "quality"
    verbose_name = _("质检改善")
