"""Tables of the post office: notices inside the house, messages that leave it, and what comes back."""

from huhang.channels.models.notice import Notice
from huhang.channels.models.outgoing import MEDIUM_NAMES, STATE_NAMES, Inbound, OptOut, Outgoing
from huhang.channels.models.webhook import Attempt, Delivery, Webhook, WebhookMessage

__all__ = [
    "MEDIUM_NAMES",
    "STATE_NAMES",
    "Attempt",
    "Delivery",
    "Inbound",
    "Notice",
    "OptOut",
    "Outgoing",
    "Webhook",
    "WebhookMessage",
]
