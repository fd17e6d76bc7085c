"""FreeSWITCH over its event socket, with `mod_callcenter` for queues; its call records as a second telling."""

from huhang.channels.adapters.esl.records import read_record
from huhang.channels.adapters.esl.session import EslSession

__all__ = ["EslSession", "read_record"]
