from datetime import UTC, datetime
from typing import Any

from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from huhang.kit.rooms import RoomConfig


class MetricsConfig(RoomConfig):
    name = "huhang.metrics"
    label = "metrics"
    verbose_name = _("指标")

    def ready(self) -> None:
        super().ready()
        post_migrate.connect(keep_definitions, sender=self)


def keep_definitions(**_facts: Any) -> None:
    """Each deployment stores and audits the figures that it brings; a changed meaning stops it here."""
    from huhang.metrics.actions import definitions

    if definitions.can_keep():
        definitions.keep(now=datetime.now(UTC))
