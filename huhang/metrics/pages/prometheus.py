"""The machine's own numbers at `/metrics`, for Prometheus: on this machine, or with the token from the environment."""

import hmac
import os
from ipaddress import ip_address

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from huhang.kit.doors import public
from huhang.kit.errors import NotFound
from huhang.metrics.queries import machine
from huhang.metrics.rules import registry

TOKEN = "HUHANG_METRICS_TOKEN"


@public
@require_GET
def prometheus(request: HttpRequest) -> HttpResponse:
    """Text format; anybody else is told that there is nothing here."""
    if not (_has_token(request) or _is_local(request)):
        raise NotFound
    return HttpResponse(generate_latest(_collected()), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _has_token(request: HttpRequest) -> bool:
    wanted = os.environ.get(TOKEN, "")
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return bool(wanted) and hmac.compare_digest(given.encode(), wanted.encode())


def _is_local(request: HttpRequest) -> bool:
    """Asked from this machine itself; what a proxy passes on came from elsewhere."""
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _collected() -> CollectorRegistry:
    collected = CollectorRegistry()
    jobs = Gauge(
        "huhang_jobs", "Background jobs by queue and status", ["queue", "status"], registry=collected
    )
    for queue, status, number in machine.jobs():
        jobs.labels(queue, status).set(number)
    numbers = machine.numbers()
    for gauge in (*machine.GAUGES, *((g.name, g.help) for g in registry.gauges())):
        name, text = gauge
        value = numbers.get(name)
        if value is not None:
            Gauge(name, text, registry=collected).set(value)
    return collected
