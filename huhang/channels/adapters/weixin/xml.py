"""XML from outside: no document type, no entities, nothing that grows while it is read."""

from datetime import UTC, datetime
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from huhang.channels.rules.matter import legible
from huhang.channels.rules.wire import Forged, Unreadable


def parsed(body: bytes) -> Element:
    """The root of a message."""
    try:
        root: Element = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise Unreadable(f"XML: {type(error).__name__}") from error
    return root


def fields(root: Element) -> dict[str, str]:
    """Its children by name; of those that repeat, the first."""
    return {child.tag: legible(child.text or "") for child in reversed(root)}


def moment(seconds: object) -> datetime:
    """A count of seconds as a moment; Unreadable when it is none that lies near our time."""
    try:
        at = datetime.fromtimestamp(int(str(seconds)), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Unreadable("CreateTime") from error
    if not 2000 < at.year < 2200:
        raise Unreadable("CreateTime")
    return at


def sealed(body: bytes) -> str:
    """What is sealed in a body. Forged when there is nothing: what a stranger sends is not worth being kept."""
    try:
        return fields(parsed(body)).get("Encrypt", "")
    except Unreadable as error:
        raise Forged("no envelope") from error
