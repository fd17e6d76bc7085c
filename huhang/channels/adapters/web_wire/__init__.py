"""The true wire: a vendor's server on the network, asked over HTTPS."""

from huhang.channels.adapters.web_wire.wire import WebWire, ask

__all__ = ["WebWire", "ask"]
