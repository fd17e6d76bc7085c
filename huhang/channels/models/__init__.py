"""Tables of the post office: notices inside the house, messages that leave it, and what comes back."""

from huhang.channels.models.notice import Notice
from huhang.channels.models.outgoing import MEDIUM_NAMES, STATE_NAMES, Inbound, OptOut, Outgoing

__all__ = ["MEDIUM_NAMES", "STATE_NAMES", "Inbound", "Notice", "OptOut", "Outgoing"]
