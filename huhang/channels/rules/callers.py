"""Who may call back: for vendors that sign nothing, a secret address and the networks from which they call."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network


def is_allowed(address: str, networks: Iterable[str]) -> bool:
    """Does a callback come from one of these networks? None named: the secret address alone guards."""
    named = [text.strip() for text in networks if text.strip()]
    caller = _read(address)
    return not named or (caller is not None and any(_holds(text, caller) for text in named))


def _read(address: str) -> IPv4Address | IPv6Address | None:
    try:
        caller = ip_address(address.strip().split("%")[0])
    except ValueError:
        return None
    return caller.ipv4_mapped or caller if isinstance(caller, IPv6Address) else caller


def _holds(text: str, caller: IPv4Address | IPv6Address) -> bool:
    """A network that nobody can read holds nobody: a slip of the pen must not open the door."""
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return False
    return network.version == caller.version and caller in network
