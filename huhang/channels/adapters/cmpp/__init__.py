"""SMS by a carrier's own gateway: CMPP 2.0 and 3.0 over one long TCP session, both ways.

Settings: host, port, sp_id (log-in), src_id (our number), service_id, version (2.0 or 3.0), and those of `plan.py`.
Secrets: secret.
"""

from huhang.channels.adapters.cmpp.cmpp import Cmpp

__all__ = ["Cmpp"]
