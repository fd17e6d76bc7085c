"""What doors for programs share: strict bodies, writes that happen once, answers that need not be sent again."""

import hashlib
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from pydantic import BaseModel, ConfigDict, Field

from huhang.kit.doors import StaffRequest, json_answer
from huhang.kit.once import once

LONGEST_KEY = 200


class Strict(BaseModel):
    """A body or a question: a field that is not known is a mistake, not a wish."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Asked(Strict):
    """Which part of a list. `cursor` is the `next` of the page before."""

    cursor: str = Field(
        "", max_length=200, description="`next` of the page before; left out, the first page."
    )
    limit: int = Field(50, ge=1, le=200)


class Done(BaseModel):
    """It happened, and there is nothing to tell."""

    done: bool = True


def written(request: StaffRequest, act: Callable[[], tuple[int, Any]]) -> tuple[int, Any]:
    """Do it in one transaction; with an Idempotency-Key it happens once, without one each time."""
    key = key_of(request)
    if not key:
        with transaction.atomic():
            return act()
    content = f"{request.method} {request.path}\n".encode() + request.body
    return once(client=request.person.get_username(), key=key, content=content, now=request.now, act=act)


def wrote(request: StaffRequest, act: Callable[[], BaseModel], *, status: int = 200) -> HttpResponse:
    """The same for an act that answers with what it made."""
    code, body = written(request, lambda: (status, act().model_dump(mode="json", by_alias=True)))
    return json_answer(body, status=code)


def key_of(request: HttpRequest) -> str:
    return request.headers.get("Idempotency-Key", "").strip()[:LONGEST_KEY]


def told(request: HttpRequest, body: Any) -> HttpResponse:
    """An answer with its fingerprint; 304 for whoever has that answer already."""
    answer = json_answer(body)
    tag = f'W/"{hashlib.blake2b(answer.content, digest_size=12).hexdigest()}"'
    if tag in (known.strip() for known in request.headers.get("If-None-Match", "").split(",")):
        answer = HttpResponse(status=304)
    answer["ETag"] = tag
    answer["Cache-Control"] = "private, no-cache"
    return answer
