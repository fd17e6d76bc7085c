from django.utils.translation import gettext_lazy as _

from huhang.kit.rooms import RoomConfig


class MetricsConfig(RoomConfig):
    name = "huhang.metrics"
    label = "metrics"
    verbose_name = _("指标")
