"""Tables of the post office: entrances and what comes in by them, conversations, and messages that leave."""

from huhang.channels.models.account import Account, PullCursor, Quota, SharedToken
from huhang.channels.models.call import (
    OUTCOME_NAMES,
    PHASE_NAMES,
    AgentExtension,
    Call,
    CallbackDue,
    CallbackTry,
    CallEventRow,
)
from huhang.channels.models.call_report import REASON_NAMES, RESULT_NAMES, CallReport
from huhang.channels.models.conversation import (
    CLOSED_NAMES,
    SIDE_NAMES,
    STAGE_NAMES,
    Address,
    Contact,
    Conversation,
    Message,
    Preview,
    ReplyDraft,
    Stretch,
)
from huhang.channels.models.entrance import KIND_NAMES, Entrance, ServiceQueue
from huhang.channels.models.fetch import MediaFetch
from huhang.channels.models.inbox import InboxItem
from huhang.channels.models.notice import Notice
from huhang.channels.models.outgoing import (
    MEDIUM_NAMES,
    OUR_OWN_MEDIA,
    STATE_NAMES,
    Inbound,
    OptOut,
    Outgoing,
)
from huhang.channels.models.proof import PhoneProof
from huhang.channels.models.webhook import Attempt, Delivery, Webhook, WebhookMessage

__all__ = [
    "CLOSED_NAMES",
    "KIND_NAMES",
    "MEDIUM_NAMES",
    "OUR_OWN_MEDIA",
    "OUTCOME_NAMES",
    "PHASE_NAMES",
    "REASON_NAMES",
    "RESULT_NAMES",
    "SIDE_NAMES",
    "STAGE_NAMES",
    "STATE_NAMES",
    "Account",
    "Address",
    "AgentExtension",
    "Attempt",
    "Call",
    "CallEventRow",
    "CallReport",
    "CallbackDue",
    "CallbackTry",
    "Contact",
    "Conversation",
    "Delivery",
    "Entrance",
    "Inbound",
    "InboxItem",
    "MediaFetch",
    "Message",
    "Notice",
    "OptOut",
    "Outgoing",
    "PhoneProof",
    "Preview",
    "PullCursor",
    "Quota",
    "ReplyDraft",
    "ServiceQueue",
    "SharedToken",
    "Stretch",
    "Webhook",
    "WebhookMessage",
]
