"""What the parcel's journey counts."""

from django.utils.translation import gettext_noop as _

from huhang.metrics.rules.registry import declare_measure

# Counted at the outlet that delivers, in the minute of the first OUT_FOR_DELIVERY scan; key `waybill:delivery`.
DELIVERY_STARTED = declare_measure("journey.delivery.started", _("首次派件运单"), "waybills first out for delivery")
# Counted at the outlet that picked up, in the minute of the first PICKED_UP scan; key `waybill:pickup`.
PICKED_UP = declare_measure("journey.picked_up", _("揽收运单"), "waybills picked up")
