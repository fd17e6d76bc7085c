"""Pages that belong to no room: entering, leaving, language, the one search box, health."""

import logging
import secrets
from typing import Any
from urllib.parse import urlsplit

from allauth.account.views import LoginView, LogoutView
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect
from django.template import loader
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST
from django.views.defaults import bad_request

from huhang.config.shell import first_page
from huhang.kit.doors import StaffRequest, mark, part, problem, public, refuse, signed_in
from huhang.kit.errors import DomainError, NotAllowed

log = logging.getLogger(__name__)

login = mark(LoginView.as_view(template_name="kit/login.html"), "public")
logout = mark(LogoutView.as_view(template_name="kit/logout.html"), "public")


@signed_in
def home(request: StaffRequest) -> HttpResponseBase:
    """Where one's day begins."""
    page = first_page(request.person)
    return redirect(page) if page else part(request, "kit/nothing.html")


@public
@csrf_exempt
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Change the language and stay where one was.

    Exempt from the CSRF check: it only sets a preference, and the customer's pages send no referrer, so that
    their own forms arrive with the origin `null`.
    """
    wanted = request.POST.get("language", "")
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = "/"
    # Without its host a path that begins with two slashes would name another one.
    path = "/" + urlsplit(back).path.lstrip("/")
    response = HttpResponseRedirect(urlsplit(back)._replace(scheme="", netloc="", path=path).geturl())
    if wanted in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, wanted, max_age=365 * 86400, samesite="Lax", httponly=True
        )
    return response


@signed_in
@require_GET
def search(request: StaffRequest) -> HttpResponseBase:
    """One box: waybill, phone (whole or last four), ticket, name."""
    from huhang.config.finding import find

    term = request.GET.get("q", "").strip()[:80]
    template = "kit/_found.html" if request.headers.get("HX-Request") else "kit/search.html"
    return part(request, template, term=term, found=find(request.person, term, now=request.now))


@signed_in
def keys(request: StaffRequest) -> HttpResponse:
    return part(request, "kit/_keys.html")


@public
def healthz(request: HttpRequest) -> HttpResponse:
    """Alive: this process answers."""
    return HttpResponse("ok", content_type="text/plain")


@public
def readyz(request: HttpRequest) -> HttpResponse:
    """Ready: the database answers too."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"ready": False, "why": "database"}, status=503)
    return JsonResponse({"ready": True})


@public
def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return part(request, "kit/missing.html", status=404, home=reverse("home"))


class Failed(DomainError):
    """服务暂时没有完成这一步，请稍后再试。"""

    status = 500


class NotHere(NotAllowed):
    """您没有权限打开这个页面。"""


class FormTooOld(NotAllowed):
    """页面停留太久，或已在别处重新登录。请刷新页面后再提交；刷新前可先复制已填写的内容。"""


class Malformed(DomainError):
    """请求无法读取，或内容过大。"""

    status = 400


@public
def malformed(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What Django itself refuses. People get its plain page: with a false host name ours cannot be drawn."""
    if request.path.startswith("/api/"):
        return problem(request, Malformed())
    return bad_request(request, exception)


@public
def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return refuse(request, NotHere())


@public
def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A write without the page's own token: mostly a page that was left open over a new log-in."""
    return refuse(request, FormTooOld())


@public
def failed(request: HttpRequest) -> HttpResponse:
    """No context and no database: this page must work when little else does. The code finds the log line."""
    reference = secrets.token_hex(4)
    log.error("failed: reference %s, %s %s", reference, request.method, request.path)
    if request.path.startswith("/api/"):
        return problem(request, Failed(reference=reference))
    page = loader.render_to_string("kit/failed.html", {"reference": reference})
    return HttpResponse(page, status=500, headers={"X-Reference": reference})
