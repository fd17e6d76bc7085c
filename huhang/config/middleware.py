"""Small pieces that belong to the front door: who really asks, safe headers, and the language a person reads."""

from collections.abc import Callable
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

Handler = Callable[[HttpRequest], HttpResponse]


class BehindProxies:
    """The caller's own address, as the outermost of our proxies saw it.

    Without it all customers would share one limit, and the record would name the proxy. What stands further left
    in X-Forwarded-For was written by the caller and is worth nothing.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        told = request.headers.get("X-Forwarded-For", "").split(",")
        if settings.PROXIES and len(told) >= settings.PROXIES:
            address = told[-settings.PROXIES].strip()
            if _is_address(address):
                request.META["REMOTE_ADDR"] = address
        return self.get_response(request)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


class SecurityHeaders:
    """A strict content policy: our own scripts and styles, our own push server, nothing else."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        # A page says on its answer who may frame it; most say nothing.
        framed_by = getattr(response, "frame_ancestors", "'none'")
        response.headers.setdefault("Content-Security-Policy", policy(push_url(request), framed_by))
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        return response


def policy(push: str, framed_by: str = "'none'") -> str:
    parts = urlsplit(push)
    heard = f"'self' {parts.scheme}://{parts.netloc}" if parts.netloc else "'self'"
    return (
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        f"font-src 'self'; connect-src {heard}; frame-ancestors {framed_by}; base-uri 'self'; form-action 'self'"
    )


def push_url(request: HttpRequest) -> str:
    """Where the browser finds the push server: as configured, else this host, one port up."""
    if settings.PUSH_URL:
        return str(settings.PUSH_URL)
    host, _, port = request.get_host().rpartition(":")
    return f"{request.scheme}://{host}:{int(port) + 1}/push" if port.isdigit() else "/push"


class Language:
    """The language: chosen on the page (cookie), else the browser's, else Chinese."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        known = dict(settings.LANGUAGES)
        language = chosen if chosen in known else translation.get_language_from_request(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response
