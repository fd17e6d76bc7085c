"""Ways of a parcel through a small ground, written as words."""

from datetime import UTC, datetime, timedelta

from huhang.journey.rules.codes import Code
from huhang.journey.rules.links import Node, Plan
from huhang.journey.rules.status import Scan

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
NODES = {
    "XH": Node("outlet", "/HQ/ZJ/HZ/XH/", "/HQ/ZJ/HZ/", "/HQ/ZJ/"),
    "HZ-HUB": Node("hub", "/HQ/ZJ/HZ/HZ-HUB/", "/HQ/ZJ/HZ/", "/HQ/ZJ/"),
    "NJ-HUB": Node("hub", "/HQ/JS/NJ/NJ-HUB/", "/HQ/JS/NJ/", "/HQ/JS/"),
    "SZ-HUB": Node("hub", "/HQ/JS/SZ/SZ-HUB/", "/HQ/JS/SZ/", "/HQ/JS/"),
    "WZ": Node("outlet", "/HQ/JS/SZ/WZ/", "/HQ/JS/SZ/", "/HQ/JS/"),
    "GS": Node("outlet", "/HQ/JS/SZ/GS/", "/HQ/JS/SZ/", "/HQ/JS/"),
}
PLAN = Plan("standard", "XH", "WZ", ("HZ-HUB", "SZ-HUB"))
WHOLE = (
    "ORDER_CREATED@XH 0; PICKED_UP@XH 2; DEPARTED@XH 8; ARRIVED@HZ-HUB 9; DEPARTED@HZ-HUB 12; ARRIVED@SZ-HUB 15;"
    "DEPARTED@SZ-HUB 18; ARRIVED@WZ 19; OUT_FOR_DELIVERY@WZ 21; SIGNED@WZ 24"
)


def scans(text: str) -> list[Scan]:
    """`CODE@NODE hours; …`"""
    found = []
    for word in text.split(";"):
        what, hours = word.split()
        code, _, node = what.partition("@")
        found.append(Scan(NOON + float(hours) * HOUR, Code[code], node=node))
    return found
