from django.utils.translation import gettext_lazy as _

from huhang.kit.rooms import RoomConfig


class AccountabilityConfig(RoomConfig):
    name = "huhang.accountability"
    label = "accountability"
    verbose_name = _("问责")
