"""What a change would have done: asked for again until it is worked out."""

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from huhang.journey.models import Preview
from huhang.journey.queries import previews
from huhang.kit.doors import StaffRequest, may, part

SLOW = timedelta(seconds=30)


@may("journey.rules.see")
@require_GET
def show(request: StaffRequest, preview_id: int) -> HttpResponse:
    preview = get_object_or_404(Preview, pk=preview_id)
    paths = request.person.visible_paths("journey.trace")
    return part(
        request, "journey/_preview.html", preview=preview, told=previews.told(preview, paths),
        is_slow=request.now - preview.asked_at > SLOW,
    )  # fmt: skip
