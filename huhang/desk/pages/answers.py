"""What follows a verb at the desk."""

import json
from typing import Any

from django.http import HttpResponse

from huhang.kit.doors import StaffRequest, part

# Heard by desk.js: closes the dialog, empties the composer and its draft.
DONE = "desk:done"


def done(
    request: StaffRequest, template: str, *, target: str, said: str = "", **context: Any
) -> HttpResponse:
    """What a verb answers: the changed part, wherever the button was, and a word of what has happened."""
    response = part(request, template, said=said, **context)
    response["HX-Retarget"] = target
    response["HX-Reswap"] = "outerHTML"
    response["HX-Trigger"] = json.dumps({DONE: {"path": request.path}})
    return response
