"""The door at which vendors call back: believed or not, kept, answered for in a moment."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from huhang.channels.actions import inbox
from huhang.channels.models import Account
from huhang.channels.rules.callers import is_allowed
from huhang.channels.rules.wire import Callback, Forged, Unreadable
from huhang.kit.doors import public
from huhang.kit.reveal import address_of


@public
@csrf_exempt
@require_http_methods(["GET", "POST"])
def called_back(request: HttpRequest, key: str) -> HttpResponse:
    """A vendor's callback. To whoever forges one, there is no such door."""
    account = Account.objects.filter(key=key, is_active=True).exclude(adapter="").first()
    if account is None or not is_allowed(address_of(request), account.networks):
        return HttpResponse(status=404)
    callback = Callback(
        method=request.method or "GET",
        query={name: request.GET[name] for name in request.GET},
        headers={name.lower(): value for name, value in request.headers.items()},
        body=request.body,
        at=timezone.now(),
    )
    try:
        reading = inbox.called_back(account, callback)
    except Forged:
        return HttpResponse(status=403)
    except Unreadable as error:
        inbox.keep_unreadable(account, callback, str(error))
        return HttpResponse(status=400)
    return HttpResponse(reading.reply, content_type=reading.content_type)
