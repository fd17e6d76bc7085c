"""Where partners push: their own form in, their own words out. The address is the key, the signature the proof."""

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from huhang.journey.actions import pushing
from huhang.journey.feeds.bodies import BLOCK
from huhang.kit.doors import StaffRequest, public


@csrf_exempt
@public
@require_POST
def push(request: StaffRequest, key: str) -> HttpResponse:
    """Answered once the push is kept; whatever the partner does not know as success, he sends again."""
    answer = pushing.receive(key=key, blocks=lambda: _blocks(request), now=request.now)
    return JsonResponse(answer.body, status=answer.status, json_dumps_params={"ensure_ascii": False})


def _blocks(request: HttpRequest) -> Iterator[bytes]:
    while block := request.read(BLOCK):
        yield block
