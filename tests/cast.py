"""The people and places that every scene plays with: one carrier, two provinces, two rival outlets.

HQ ─ JS 江苏 ─ JS-SZ 苏州 ─ SZ-WZ 吴中 (Gao owns it, Zhang delivers), SZ-GS 姑苏 (Qian owns it)
                        └ SZ-HUB 苏州分拨
   ─ ZJ 浙江 ─ ZJ-HZ 杭州 ─ HZ-XH 西湖
   ─ HQ-CS 客服中心 (Lin answers customers), HQ-CLAIMS 理赔组, HQ-FIN 财务部
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from huhang.config import packs
from huhang.journey.models import ControlShare
from huhang.network.models import Courier, Grant, OrgUnit, Person
from tests.rehearsed import Rehearsed

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai

TREE = [
    ("HQ", "总部", "hq", 1, ""),
    ("JS", "江苏省区", "province", 2, "HQ"),
    ("ZJ", "浙江省区", "province", 2, "HQ"),
    ("JS-SZ", "苏州", "city", 3, "JS"),
    ("ZJ-HZ", "杭州", "city", 3, "ZJ"),
    ("SZ-WZ", "吴中网点", "outlet", 4, "JS-SZ"),
    ("SZ-GS", "姑苏网点", "outlet", 4, "JS-SZ"),
    ("SZ-HUB", "苏州分拨中心", "hub", 4, "JS-SZ"),
    ("HZ-XH", "西湖网点", "outlet", 4, "ZJ-HZ"),
    ("HQ-CS", "客服中心", "department", 2, "HQ"),
    ("HQ-CLAIMS", "理赔组", "department", 2, "HQ"),
    ("HQ-FIN", "财务部", "department", 2, "HQ"),
]


@dataclass
class Cast:
    units: dict[str, OrgUnit] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    zhang: Courier = field(default_factory=Courier)

    def unit(self, code: str) -> OrgUnit:
        return self.units[code]

    @property
    def gao(self) -> Person:
        """Owner of the outlet 吴中."""
        return self.people["gao"]

    @property
    def qian(self) -> Person:
        """Owner of the outlet next door: must never see Gao's cases."""
        return self.people["qian"]

    @property
    def lin(self) -> Person:
        """Agent of the customer-service centre, for the whole network."""
        return self.people["lin"]

    @property
    def hua(self) -> Person:
        """Headquarters manager."""
        return self.people["hua"]

    @property
    def nobody(self) -> Person:
        """Signed in, without any role."""
        return self.people["nobody"]


ROLES = [
    ("gao", "高老板", "outlet_owner", "SZ-WZ"),
    ("qian", "钱老板", "outlet_owner", "SZ-GS"),
    ("lin", "林晓", "agent", "HQ"),
    ("hua", "华总", "hq_manager", "HQ"),
]


def assemble() -> Cast:
    """Put the whole cast on stage, with the packs that make the clocks run."""
    return REHEARSED()


def _assemble() -> Cast:
    packs.load()
    ControlShare.objects.update(percent=0)  # nobody is left alone, unless the scene is about that
    cast = Cast()
    for code, name, kind, level, parent in TREE:
        above = cast.units.get(parent)
        path = f"{above.path if above else '/'}{code}/"
        cast.units[code] = OrgUnit.objects.create(
            code=code, name=name, kind=kind, level=level, parent=above, path=path
        )
    for username, name, role, unit in ROLES:
        person = _person(username, name, cast.units[unit])
        Grant.objects.create(person=person, role=role, unit=cast.units[unit])
        cast.people[username] = person
    cast.people["nobody"] = _person("nobody", "路人", cast.units["SZ-WZ"])
    cast.zhang = Courier.objects.create(
        code="ZHANG", name="张师傅", phone="19900001234", unit=cast.units["SZ-WZ"]
    )
    return cast


REHEARSED = Rehearsed(_assemble)


def _person(username: str, name: str, home: OrgUnit) -> Person:
    return Person.objects.create_user(username=username, password="pass-1234", display_name=name, home=home)
