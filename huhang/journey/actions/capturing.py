"""EPCIS capture: a document is kept and answered with a job; its events enter a moment later."""

from collections.abc import Iterable
from datetime import datetime

from django.http import UnreadablePostError
from django.utils.translation import gettext as _

from huhang.journey.actions import parking, pushing, request_intake
from huhang.journey.actions.feed_reading import EPCIS
from huhang.journey.actions.parking import Aside
from huhang.journey.feeds.bodies import BodyIsBroken, BodyTooLarge
from huhang.journey.feeds.epcis import document
from huhang.journey.feeds.forms import UnreadablePush
from huhang.journey.models import Push
from huhang.journey.rules.feeds import Why
from huhang.kit.errors import BadInput, TooLarge
from huhang.network.models import Person


class DocumentIsBroken(BadInput):
    """EPCIS 文档无法读取，没有接收。"""

    status = 400


class DocumentTooLarge(TooLarge):
    """EPCIS 文档过大，请分成几个文档。"""


def source_of(person: Person) -> str:
    """What this person's documents are counted under."""
    return f"{EPCIS}:{person.get_username()}"[:64]


def capture(blocks: Iterable[bytes], *, by: Person, now: datetime) -> Push:
    """Keep a document, unpacked when it is gzip. What is no document is refused, counted and shown."""
    content = b""
    try:
        content = request_intake.unpacked(blocks)
        document.events(content)
    except BodyTooLarge as error:
        _refuse(by, Why.TOO_LARGE, str(error), content, now)
        raise DocumentTooLarge(limit=error.limit) from error
    except (BodyIsBroken, UnreadablePostError) as error:
        _refuse(by, Why.BROKEN_GZIP, str(error), content, now)
        raise DocumentIsBroken(str(error)) from error
    except UnreadablePush as error:
        _refuse(by, Why(error.why), error.detail, content, now)
        if error.why == Why.TOO_LARGE:
            raise DocumentTooLarge(_("事件过多：%(count)s") % {"count": error.detail}) from error
        raise DocumentIsBroken(parking.sentence(Aside(error.why, error.detail))) from error
    push, _is_new = pushing.keep(source=source_of(by), kind=EPCIS, content=content, now=now, person=by)
    return push


def _refuse(by: Person, why: Why, detail: str, content: bytes, now: datetime) -> None:
    pushing.refuse(source_of(by), why, detail[:100], content, now=now)
