"""The door at which switches post calls: believed or not, kept, answered for at once."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from huhang.channels.actions import switches
from huhang.channels.models import Account
from huhang.channels.rules.callers import is_allowed
from huhang.channels.rules.wire import Callback, Forged, Unreadable
from huhang.kit.doors import public
from huhang.kit.reveal import address_of

POSTING = ("esl", "call_http")


@public
@csrf_exempt
@require_POST
def take(request: HttpRequest, key: str) -> HttpResponse:
    """Events or a record; 200 says that they are kept, so that the switch may forget them."""
    account = Account.objects.filter(key=key, is_active=True, adapter__in=POSTING).first()
    if account is None or not is_allowed(address_of(request), account.networks):
        return HttpResponse(status=404)
    now = timezone.now()
    headers = {name.lower(): value for name, value in request.headers.items()}
    callback = Callback("POST", request.GET.dict(), headers, request.body, now)
    try:
        switches.posted(account, callback, now=now)
    except Forged:
        return HttpResponse(status=403)
    except Unreadable as error:
        return HttpResponse(str(error), status=400, content_type="text/plain; charset=utf-8")
    return HttpResponse("OK", content_type="text/plain")
