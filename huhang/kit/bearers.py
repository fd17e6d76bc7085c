"""Pages behind a secret address: limits, one page for whatever cannot be opened, silent headers."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from huhang.kit.doors import part, public
from huhang.kit.errors import DomainError, NotFound
from huhang.kit.limits import Limits

View = Callable[..., HttpResponse]


def bearers_of(limits: Limits, *, missing: str, refused: str) -> Callable[[View], View]:
    """A door for whoever bears a token; `missing` and `refused` are templates, the second is told `error` and `token`.

    Writes need no CSRF token: no cookie gives any right here, the secret address alone does.
    """

    def door(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, token: str, **kwargs: Any) -> HttpResponse:
            try:
                limits.take(request, token)
                response = view(request, token, **kwargs)
            except NotFound:
                limits.missed(request)
                response = part(request, missing, status=404)
            except DomainError as error:
                response = part(request, refused, status=error.status, error=error, token=token)
            return _silent(response)

        return cast(View, public(csrf_exempt(guarded)))

    return door


def _silent(response: HttpResponse) -> HttpResponse:
    """The address is the key: no cache keeps it, no other site hears of it, no search engine lists it."""
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
