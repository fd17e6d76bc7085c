"""An account's settings, read once."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from huhang.channels.adapters.cmpp.pdu import V20, V30, Version


@dataclass(frozen=True, slots=True)
class Plan:
    """How one account talks. Times are seconds; the defaults are those of the standard."""

    host: str
    sp_id: str
    secret: str
    src_id: str
    # Where the line's lock and journal lie: one folder for all processes that may hold this account's line.
    folder: Path
    port: int = 7890
    version: Version = V20
    service_id: str = ""
    fee_type: str = "01"
    fee_code: str = "000000"
    window: int = 16
    heartbeat: float = 180
    timeout: float = 60
    tries: int = 3
    # Between log-ins: the first pause, doubled up to the longest.
    pause: float = 1
    longest_pause: float = 60
    # Submits in a second that the carrier has agreed to; 0 is as fast as its answers come.
    rate: float = 0
    # How long the parts of a long reply wait for each other, unacknowledged: well below the gateway's own timeout.
    join_wait: float = 20
    # How long a letter waits for the line, and a receipt for the answer to the submit that it overtook.
    patience: float = 5

    @classmethod
    def of(cls, settings: Mapping[str, str]) -> "Plan":
        """Raises ValueError, with the name of the setting that is missing or makes no sense."""
        given: dict[str, Any] = {}
        for field in fields(cls):
            text = str(settings.get(field.name, "")).strip()
            if text:
                given[field.name] = _value(field.name, text)
            elif field.name in ("host", "sp_id", "secret", "src_id", "folder"):
                raise ValueError(field.name)
        return cls(**given)


def _value(name: str, text: str) -> Any:
    try:
        if name == "version":
            return {"2": V20, "2.0": V20, "3": V30, "3.0": V30}[text]
        if name == "folder":
            return Path(text)
        if name in ("port", "window", "tries"):
            return _positive(int(text))
        if name in ("heartbeat", "timeout", "pause", "longest_pause", "rate", "join_wait", "patience"):
            return _positive(float(text), least=0)
    except (ValueError, KeyError) as error:
        raise ValueError(name) from error
    return text


def _positive(value: float, least: float = 1) -> float:
    if not least <= value < 100_000:
        raise ValueError(value)
    return value
