"""An account's settings, read once."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

SSL, STARTTLS, NONE = "ssl", "starttls", "none"
IMAP_PORTS = {SSL: 993, STARTTLS: 143, NONE: 143}
SMTP_PORTS = {SSL: 465, STARTTLS: 587, NONE: 587}
YES = frozenset({"yes", "1", "true", "是"})


@dataclass(frozen=True, slots=True)
class Server:
    """Where somebody listens, and how the line is sealed."""

    host: str
    port: int
    security: str
    ca_file: str = ""

    def context(self) -> ssl.SSLContext:
        """Certificates are always checked; without a sealed line, `none` is said."""
        return ssl.create_default_context(cafile=self.ca_file or None)


@dataclass(frozen=True, slots=True)
class Plan:
    """Who we are there, and how we come in."""

    address: str
    shown_name: str
    user: str
    password: str
    imap: Server
    smtp: Server
    folders: tuple[str, ...]
    since: date | None
    has_plus_addresses: bool

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2] or "localhost"


def plan_of(settings: Mapping[str, str]) -> Plan:
    """Raises ValueError where a port or a day is none."""
    address = settings.get("address", "").strip()
    folders = [word.strip() for word in settings.get("folders", "").replace("，", ",").split(",")]
    since = settings.get("since", "").strip()
    return Plan(
        address=address,
        shown_name=settings.get("shown_name", ""),
        user=settings.get("user") or address,
        password=settings.get("password", ""),
        imap=_server(settings, "imap", IMAP_PORTS),
        smtp=_server(settings, "smtp", SMTP_PORTS),
        folders=tuple(filter(None, folders)) or ("INBOX",),
        since=date.fromisoformat(since) if since else None,
        has_plus_addresses=settings.get("plus_addresses", "").strip().lower() in YES,
    )


def _server(settings: Mapping[str, str], name: str, ports: Mapping[str, int]) -> Server:
    security = settings.get(f"{name}_security", "").strip().lower() or SSL
    if security not in ports:
        raise ValueError(f"{name}_security: {security}")
    port = settings.get(f"{name}_port") or ports[security]
    return Server(settings.get(f"{name}_host", ""), int(port), security, settings.get("ca_file", ""))
