"""What every door needs: who may enter, what was asked, one answer.

Default deny. Page doors carry `@may("room.permission")`, `@signed_in` or `@public`; the mark is readable as
`view.permission`, and a house test fails on a route that has none.
"""

import json
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast

import orjson
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.module_loading import import_string
from ninja.security import HttpBearer
from pydantic import BaseModel, ValidationError

from huhang.kit import turns
from huhang.kit.errors import BadInput, DomainError, NotAllowed

P = ParamSpec("P")
F = TypeVar("F", bound=BaseModel)
V = TypeVar("V", bound=Callable[..., Any])

PUBLIC = "public"
SIGNED_IN = "signed-in"


class Actor(Protocol):
    """A signed-in person, as the tool shed needs to know one."""

    pk: int
    is_authenticated: bool

    def get_username(self) -> str: ...
    def may(self, permission: str, path: str | None = None) -> bool: ...
    def visible_paths(self, permission: str) -> list[str]: ...


class StaffRequest(HttpRequest):
    """A request after our middleware: one instant, and the person who asks."""

    now: datetime
    person: Any
    # Of programs alone: the standing of `kit.ground`, read with their token.
    standing: str


Page = Callable[Concatenate[Any, P], HttpResponseBase]


def may(permission: str) -> Callable[[Page[P]], Page[P]]:
    """Only people who hold this permission somewhere may enter; *where* is checked by the query or the action."""

    def wrap(view: Page[P]) -> Page[P]:
        @wraps(view)
        def guarded(request: Any, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _to_login(request)
            if not request.person.may(permission):
                raise NotAllowed(permission=permission)
            return view(request, *args, **kwargs)

        return mark(cast("Page[P]", guarded), permission)

    return wrap


def signed_in(view: Page[P]) -> Page[P]:
    """Anybody who is signed in may enter."""

    @wraps(view)
    def guarded(request: Any, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return _to_login(request)
        return view(request, *args, **kwargs)

    return mark(cast("Page[P]", guarded), SIGNED_IN)


def public(view: Page[P]) -> Page[P]:
    """Anybody may enter: say so on purpose."""
    return mark(view, PUBLIC)


def mark(view: V, permission: str) -> V:
    """Say on the view itself what it asks for, so that a test can read it off the routes."""
    view.permission = permission  # type: ignore[attr-defined]
    return view


def _to_login(request: HttpRequest) -> HttpResponse:
    if request.headers.get("HX-Request"):
        response = HttpResponse(status=401)
        response["HX-Redirect"] = f"{settings.LOGIN_URL}"
        return response
    return redirect_to_login(request.get_full_path())


def read(form: type[F], request: HttpRequest) -> F:
    """What was posted, checked against a pydantic model that refuses unknown fields by `extra="forbid"`."""
    posted: dict[str, Any] = {}
    for key, values in request.POST.lists():
        if key == "csrfmiddlewaretoken":
            continue
        wants_list = key in form.model_fields and "list" in str(form.model_fields[key].annotation)
        posted[key] = values if wants_list else values[-1]
    try:
        return form.model_validate(posted)
    except ValidationError as error:
        raise BadInput(errors=explain(error)) from error


def explain(error: ValidationError) -> list[dict[str, Any]]:
    return [
        {"field": ".".join(map(str, e["loc"])), "reason": e["msg"]} for e in error.errors(include_url=False)
    ]


def part(request: HttpRequest, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """Render a page or a part of one."""
    return render(request, template, context, status=status)


class UnreadableCharacter(BadInput):
    """内容含有不可见的非法字符，请删去后再试。"""


def refusal(error: Exception) -> DomainError | None:
    """What an error means to people: the refusal itself, or that a text holds the one character no table can keep."""
    if isinstance(error, DomainError):
        return error
    # In JSON the same character is an escape that PostgreSQL does not take.
    is_nul = isinstance(error, DataError) and ("NUL" in str(error) or "Unicode escape" in str(error))
    return UnreadableCharacter() if is_nul else None


class Moments:
    """Middleware: one request has one instant (`request.now`) and one person (`request.person`)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        staff = cast(StaffRequest, request)
        staff.now = timezone.now()
        staff.person = request.user
        response = self.get_response(request)
        turns.say(request, response)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The one handler of refusals for pages: a kind page, or a notice when only a part was asked for."""
        refused = refusal(error)
        return refuse(request, refused) if refused else None


def refuse(request: HttpRequest, error: DomainError) -> HttpResponse:
    """A refusal as people read it."""
    if request.headers.get("HX-Request"):
        response = part(request, "kit/_refusal.html", status=error.status, error=error)
        response["HX-Retarget"] = "#toasts"
        response["HX-Reswap"] = "beforeend"
        return response
    return part(request, "kit/error.html", status=error.status, error=error)


def problem(request: HttpRequest, error: DomainError) -> HttpResponse:
    """The one handler of refusals for the API: RFC 9457 `application/problem+json`."""
    body = {
        "type": f"urn:huhang:problem:{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail or error.title,
        "instance": request.path,
        "code": error.code,
        **{k: v for k, v in error.data.items() if k not in {"type", "title", "status"}},
    }
    return HttpResponse(
        json.dumps(body, ensure_ascii=False, default=str),
        status=error.status,
        content_type="application/problem+json",
    )


def json_answer(body: Any, *, status: int = 200) -> HttpResponse:
    """An answer of the API that is made as its schema says: not checked against it once more for each request."""
    said = orjson.dumps(body, default=str, option=orjson.OPT_UTC_Z)
    return HttpResponse(said, status=status, content_type="application/json; charset=utf-8")


class TokenAuth(HttpBearer):
    """API: `Authorization: Bearer …`; the token's person is looked up by the room that knows people."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        staff = cast(StaffRequest, request)
        caller = import_string(settings.HUHANG_TOKEN_LOOKUP)(token, staff.now)
        if caller is None:
            return None
        turns.take(request, token)
        staff.person, staff.standing = caller
        return caller.person


def may_api(
    permission: str,
) -> Callable[[Callable[Concatenate[Any, P], Any]], Callable[Concatenate[Any, P], Any]]:
    """The same gate for API operations: put it under the router's decorator."""

    def wrap(operation: Callable[Concatenate[Any, P], Any]) -> Callable[Concatenate[Any, P], Any]:
        @wraps(operation)
        def guarded(request: Any, *args: P.args, **kwargs: P.kwargs) -> Any:
            if not request.person.may(permission):
                raise NotAllowed(permission=permission)
            return operation(request, *args, **kwargs)

        return cast(Callable[Concatenate[Any, P], Any], mark(guarded, permission))

    return wrap
