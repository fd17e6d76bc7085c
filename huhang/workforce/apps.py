from django.utils.translation import gettext_lazy as _

from huhang.kit.rooms import RoomConfig


class WorkforceConfig(RoomConfig):
    name = "huhang.workforce"
    label = "workforce"
    verbose_name = _("人力")
