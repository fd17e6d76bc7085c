"""The API: every room's router under /api/v1, one handler for refusals, OpenAPI at /api/v1/openapi.json."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.db import DataError
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from huhang.kit.doors import TokenAuth, problem, refusal
from huhang.kit.errors import BadInput, DomainError, NotAllowed

ROOMS = ("network", "journey", "desk", "metrics")

api = NinjaAPI(
    title="Huhang 护航",
    version="1",
    docs_url="/docs",
    openapi_url="/openapi.json",
    auth=TokenAuth(),
    urls_namespace="api",
)


class NotSignedIn(NotAllowed):
    """请用有效的 API 令牌访问。"""

    status = 401


class Malformed(DomainError):
    """请求无法读取。"""

    status = 400


@api.exception_handler(DomainError)
def refused(request: HttpRequest, error: Any) -> HttpResponse:
    return problem(request, error)


@api.exception_handler(DataError)
def unreadable(request: HttpRequest, error: Any) -> HttpResponse:
    refused = refusal(error)
    if refused is None:
        raise error
    return problem(request, refused)


@api.exception_handler(AuthenticationError)
def not_signed_in(request: HttpRequest, error: Any) -> HttpResponse:
    return problem(request, NotSignedIn())


@api.exception_handler(ValidationError)
def bad_input(request: HttpRequest, error: Any) -> HttpResponse:
    errors = [{"field": ".".join(map(str, e["loc"])), "reason": e["msg"]} for e in error.errors]
    return problem(request, BadInput(errors=errors))


@api.exception_handler(HttpError)
def http_error(request: HttpRequest, error: Any) -> HttpResponse:
    refusal = Malformed(str(error))
    refusal.status = error.status_code
    return problem(request, refusal)


for room in ROOMS:
    if find_spec(f"huhang.{room}.api"):
        api.add_router("", import_module(f"huhang.{room}.api").router)
