"""Asterisk over its manager interface, with `app_queue` for queues. `manager.conf` must say `timestampevents = yes`."""

from huhang.channels.adapters.ami.session import AmiSession

__all__ = ["AmiSession"]
