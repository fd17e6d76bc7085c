"""A forecast in plain words, for a customer who has never heard of intervals."""

from datetime import datetime

from django.utils import dateformat, timezone
from django.utils.translation import gettext as _

from huhang.journey.rules.eta import Forecast


def expected(forecast: Forecast) -> str:
    """`11月23日下午至11月24日上午`; '' when nothing can be said."""
    if forecast.likely is None:
        return ""
    if forecast.earliest is None or forecast.latest is None:
        return _("%(day)s前") % {"day": _moment(forecast.likely)}
    first, last = _moment(forecast.earliest), _moment(forecast.latest)
    if first == last:
        return first
    if timezone.localtime(forecast.earliest).date() == timezone.localtime(forecast.latest).date():
        last = _part(forecast.latest)
    return _("%(first)s至%(last)s") % {"first": first, "last": last}


def _moment(at: datetime) -> str:
    day = timezone.localtime(at)
    return _("%(day)s%(part)s") % {"day": dateformat.format(day, _("n月j日")), "part": _part(at)}


def _part(at: datetime) -> str:
    hour = timezone.localtime(at).hour
    words = {6: _("凌晨"), 12: _("上午"), 18: _("下午"), 24: _("晚上")}
    return next(word for until, word in words.items() if hour < until)
