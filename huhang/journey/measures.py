"""What the parcel's journey counts."""

from django.db.models import Min
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from huhang.journey.models import Segment, WatchCursor
from huhang.metrics.rules.registry import declare_gauge, declare_measure

# Counted at the outlet that delivers, in the minute of the first OUT_FOR_DELIVERY scan; key `waybill:delivery`.
DELIVERY_STARTED = declare_measure(
    "journey.delivery.started", _("首次派件运单"), "waybills first out for delivery"
)
# Counted at the outlet that picked up, in the minute of the first PICKED_UP scan; key `waybill:pickup`.
PICKED_UP = declare_measure("journey.picked_up", _("揽收运单"), "waybills picked up")

# Counted at the unit of whoever was asked, once per hit: when the first message left, when one was seen, when somebody
# said that they would act, and how many minutes after the first message that was (add up, divide by the former).
REMINDER_SENT = declare_measure(
    "journey.reminder.sent", _("发出的提醒"), "hits that somebody was reminded of"
)
REMINDER_READ = declare_measure("journey.reminder.read", _("看到的提醒"), "reminders that were seen")
REMINDER_ACKNOWLEDGED = declare_measure(
    "journey.reminder.acknowledged", _("确认的提醒"), "reminders that somebody said they would act on"
)
REMINDER_MINUTES = declare_measure(
    "journey.reminder.minutes", _("确认用时合计（分钟）"), "minutes from first message to acknowledgement"
)


def unread_seconds() -> float | None:
    """How long the oldest piece of the scan log has waited for the watch; 0 when all is read."""
    cursor = WatchCursor.objects.order_by("pk").first()
    waiting = Segment.objects.filter(seq__gt=cursor.seq if cursor else 0).aggregate(oldest=Min("received_at"))
    return (timezone.now() - waiting["oldest"]).total_seconds() if waiting["oldest"] else 0.0


def due_seconds() -> float | None:
    """How long ago the watch last fired deadlines; absent before it ever ran."""
    cursor = WatchCursor.objects.exclude(due_until=None).order_by("pk").first()
    if cursor is None or cursor.due_until is None:
        return None
    return (timezone.now() - cursor.due_until).total_seconds()


declare_gauge(
    "huhang_watch_unread_seconds", "Age of the oldest scans that the watch has not read", unread_seconds
)
declare_gauge("huhang_watch_due_seconds", "Time since the watch last fired deadlines", due_seconds)
