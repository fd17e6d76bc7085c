"""How files of strangers leave the house: never run, never guessed at, never kept on the way."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header


def sent(content: bytes, *, content_type: str, name: str, is_shown: bool) -> HttpResponse:
    """A file as an answer; only what is `is_shown` may a browser open, the rest is saved."""
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = (
        content_disposition_header(as_attachment=not is_shown, filename=name) or "attachment"
    )
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    return response
