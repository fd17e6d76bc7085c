"""Two small pieces that belong to the front door: safe headers, and the language a person reads."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

Handler = Callable[[HttpRequest], HttpResponse]


class SecurityHeaders:
    """A strict content policy: our own scripts and styles, our own push server, nothing else."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", policy(push_url(request)))
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        return response


def policy(push: str) -> str:
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(push))
    return (
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        f"font-src 'self'; connect-src 'self' {origin}; frame-ancestors 'none'; base-uri 'self'; form-action 'self'"
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
