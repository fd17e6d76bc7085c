"""Answers that several pages give: a page or its part, and what follows a verb."""

import json
from typing import Any

from django.http import HttpResponse
from django.utils.cache import patch_vary_headers

from huhang.kit.doors import StaffRequest, part

# Heard by desk.js: closes the dialog, empties the composer and its draft.
DONE = "desk:done"


def page_or_part(request: StaffRequest, page: str, its_part: str, **context: Any) -> HttpResponse:
    """The whole page, or just the part that a live page fetches again from the same address."""
    response = part(request, its_part if is_part(request) else page, **context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def is_part(request: StaffRequest) -> bool:
    return bool(request.headers.get("HX-Request"))


def done(
    request: StaffRequest, template: str, *, target: str, said: str = "", **context: Any
) -> HttpResponse:
    """What a verb answers: the changed part, wherever the button was, and a word of what has happened."""
    response = part(request, template, said=said, **context)
    response["HX-Retarget"] = target
    response["HX-Reswap"] = "outerHTML"
    response["HX-Trigger"] = json.dumps({DONE: {"path": request.path}})
    return response


def go(url: str) -> HttpResponse:
    """Send the browser to another page after a request for a part."""
    response = HttpResponse(status=204)
    response["HX-Redirect"] = url
    return response
