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

ROOMS = ("network", "journey", "desk", "metrics", "channels")

# What each operation may answer besides what it is for, and the class of mistakes that it says so of.
PROBLEMS = {
    400: "Unreadable",
    401: "No token, or one that is wrong, old or revoked",
    403: "Not allowed to this token or its person",
    404: "Not there, or not yours to see",
    409: "It is not as you read it, or not in a state for this",
    413: "Too large",
    422: "A field is wrong, or the Idempotency-Key was used for something else",
    429: "Too many requests of this token in this minute",
}
OF_WRITES = (409, 413)
PROBLEM = {
    "title": "Problem",
    "type": "object",
    "description": "RFC 9457. `code` is stable, `title` is for people.",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:huhang:problem:stale"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "code": {"type": "string", "examples": ["stale"]},
    },
}
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Any text of your own: the same key and body happen once and answer the same.",
    "schema": {"type": "string", "maxLength": 200},
}
TURNS = {
    name: {"schema": {"type": "integer"}, "description": said}
    for name, said in {
        "RateLimit-Limit": "Requests of this token in a minute, counted by each web process",
        "RateLimit-Remaining": "How many of them are left",
        "RateLimit-Reset": "Seconds until the next minute",
    }.items()
}


class Described(NinjaAPI):
    """The same description with what every operation has in common."""

    def get_openapi_schema(self, **options: Any) -> Any:
        schema = super().get_openapi_schema(**options)
        schema["components"].setdefault("schemas", {})["Problem"] = PROBLEM
        for methods in schema["paths"].values():
            for method, operation in methods.items():
                _complete(operation, is_write=method != "get")
        return schema


def _complete(operation: dict[str, Any], *, is_write: bool) -> None:
    """Add what may be refused, how often one may still ask, and the key of a write."""
    for answer in operation["responses"].values():
        answer.setdefault("headers", {}).update(TURNS)
    for status, said in PROBLEMS.items():
        if is_write or status not in OF_WRITES:
            operation["responses"].setdefault(status, _problem(said))
    if is_write:
        operation["parameters"] = [*operation.get("parameters", []), KEY]


def _problem(said: str) -> dict[str, Any]:
    shape = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {"description": said, "content": {"application/problem+json": shape}}


api = Described(
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
