"""Any other switch: it posts what happens as JSON, signed with a secret that both sides know."""

from huhang.channels.adapters.call_http.intake import read_calls, sign

__all__ = ["read_calls", "sign"]
