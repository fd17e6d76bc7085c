"""How often the customer's page answers."""

from django.http import HttpRequest

from huhang.kit.limits import Limits

_LIMITS = Limits("desk.progress")
OF_TOKEN = _LIMITS.of_token
MISSES_FROM_ADDRESS = _LIMITS.misses_from_address


def take(request: HttpRequest, token: str) -> None:
    """Count this request; refuses (429) when address or token have asked too often."""
    _LIMITS.take(request, token)


def missed(request: HttpRequest) -> None:
    """Count an address that asked for something that is not there."""
    _LIMITS.missed(request)
