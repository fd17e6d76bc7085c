"""The carrier's ground: its tree, its people, who delivers where, and how parcels travel."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from random import Random

from huhang.config.demo import names

HQ = "HQ"
# Province code → name, English name, cities: code → name, English name, its hub, hours of road to the hub,
# and its outlets: code → (district, what the outlet calls itself, English name).
Outlets = dict[str, tuple[str, str, str]]
City = tuple[str, str, str, float, Outlets]
PROVINCES: dict[str, tuple[str, str, dict[str, City]]] = {
    "JS": ("江苏", "Jiangsu", {
        "JS-NJ": ("南京", "Nanjing", "NJ-HUB", 1.0, {
            "NJ-GL": ("鼓楼区", "青云", "Gulou Qingyun"),
            "NJ-JN": ("江宁区", "百家", "Jiangning Baijia"),
            "NJ-QX": ("栖霞区", "仙槐", "Qixia Xianhuai"),
            "NJ-PK": ("浦口区", "桥北", "Pukou Qiaobei"),
        }),
        "JS-SZ": ("苏州", "Suzhou", "WX-HUB", 1.5, {
            "SZ-WZ": ("吴中区", "青禾", "Wuzhong Qinghe"),
            "SZ-GS": ("姑苏区", "广济", "Gusu Guangji"),
            "SZ-HQ": ("虎丘区", "枫津", "Huqiu Fengjin"),
            "SZ-WJ": ("吴江区", "鲈乡", "Wujiang Luxiang"),
            "SZ-XC": ("相城区", "蠡塘", "Xiangcheng Litang"),
        }),
        "JS-WX": ("无锡", "Wuxi", "WX-HUB", 0.8, {
            "WX-BH": ("滨湖区", "映月", "Binhu Yingyue"),
            "WX-LX": ("梁溪区", "南长", "Liangxi Nanchang"),
            "WX-XW": ("新吴区", "硕放", "Xinwu Shuofang"),
        }),
    }),
    "ZJ": ("浙江", "Zhejiang", {
        "ZJ-HZ": ("杭州", "Hangzhou", "HZ-HUB", 1.0, {
            "HZ-XH": ("西湖区", "文澜", "Xihu Wenlan"),
            "HZ-YH": ("余杭区", "闲林", "Yuhang Xianlin"),
            "HZ-XS": ("萧山区", "湘云", "Xiaoshan Xiangyun"),
            "HZ-BJ": ("滨江区", "江虹", "Binjiang Jianghong"),
        }),
        "ZJ-NB": ("宁波", "Ningbo", "HZ-HUB", 2.5, {
            "NB-HS": ("海曙区", "月湖", "Haishu Yuehu"),
            "NB-YZ": ("鄞州区", "明楼", "Yinzhou Minglou"),
            "NB-BL": ("北仑区", "新碶", "Beilun Xinqi"),
        }),
        "ZJ-JH": ("金华", "Jinhua", "HZ-HUB", 2.5, {
            "JH-WC": ("婺城区", "芙蓉", "Wucheng Furong"),
            "JH-YW": ("义乌市", "稠江", "Yiwu Choujiang"),
            "JH-JD": ("金东区", "多湖", "Jindong Duohu"),
        }),
    }),
    "HB": ("湖北", "Hubei", {
        "HB-WH": ("武汉", "Wuhan", "WH-HUB", 1.0, {
            "WH-JA": ("江岸区", "谌家", "Jiang'an Chenjia"),
            "WH-HS": ("洪山区", "珞桂", "Hongshan Luogui"),
            "WH-WC": ("武昌区", "水果湖", "Wuchang Shuiguohu"),
            "WH-HY": ("汉阳区", "琴台", "Hanyang Qintai"),
        }),
        "HB-YC": ("宜昌", "Yichang", "WH-HUB", 4.5, {
            "YC-XL": ("西陵区", "夜明珠", "Xiling Yemingzhu"),
            "YC-WJ": ("伍家岗区", "东站", "Wujiagang Dongzhan"),
        }),
        "HB-XY": ("襄阳", "Xiangyang", "WH-HUB", 4.5, {
            "XY-FC": ("樊城区", "长虹", "Fancheng Changhong"),
            "XY-XC": ("襄城区", "庞公", "Xiangcheng Panggong"),
        }),
    }),
}  # fmt: skip
HUBS = {
    "NJ-HUB": ("南京分拨中心", "Nanjing hub", "JS-NJ"),
    "WX-HUB": ("无锡分拨中心", "Wuxi hub", "JS-WX"),
    "HZ-HUB": ("杭州分拨中心", "Hangzhou hub", "ZJ-HZ"),
    "WH-HUB": ("武汉分拨中心", "Wuhan hub", "HB-WH"),
}
# Hours on the road between hubs.
LINES = {
    ("NJ-HUB", "WX-HUB"): 2.5,
    ("HZ-HUB", "NJ-HUB"): 4.0,
    ("HZ-HUB", "WX-HUB"): 3.0,
    ("NJ-HUB", "WH-HUB"): 7.5,
    ("WH-HUB", "WX-HUB"): 9.5,
    ("HZ-HUB", "WH-HUB"): 10.5,
}
DEPARTMENTS = (
    ("HQ-CS", "客服中心", "Customer service", HQ),
    ("HQ-CLAIMS", "理赔组", "Claims", HQ),
    ("HQ-FIN", "财务部", "Finance", HQ),
    ("HQ-QC", "质控部", "Quality control", HQ),
    ("HQ-IT", "信息技术部", "Information technology", HQ),
    ("JS-CS", "江苏客服组", "Jiangsu service", "JS"),
    ("ZJ-CS", "浙江客服组", "Zhejiang service", "ZJ"),
    ("HB-CS", "湖北客服组", "Hubei service", "HB"),
)
# Outlets that also keep a parcel station.
WITH_STATION = ("SZ-WZ", "SZ-GS", "NJ-JN", "HZ-YH", "NB-YZ", "WH-HS", "WX-BH", "JH-YW")
COURIERS_PER_OUTLET = (3, 4, 4, 5)


@dataclass(frozen=True, slots=True)
class Unit:
    code: str
    name: str
    name_en: str
    kind: str
    level: int
    parent: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody with an account; `duty` is what they do, `unit` where."""

    username: str
    name: str
    phone: str
    duty: str
    unit: str


@dataclass(frozen=True, slots=True)
class Rider:
    """A courier, known to the scans by code."""

    code: str
    name: str
    phone: str
    unit: str
    street: str


@dataclass(frozen=True, slots=True)
class Client:
    code: str
    kind: str
    name: str
    phone: str
    unit: str


@dataclass(frozen=True)
class Ground:
    """Everything that is there before the first parcel."""

    units: tuple[Unit, ...]
    staff: tuple[Staff, ...]
    riders: tuple[Rider, ...]
    clients: tuple[Client, ...]

    @cached_property
    def unit(self) -> dict[str, Unit]:
        return {unit.code: unit for unit in self.units}

    @cached_property
    def outlets(self) -> tuple[str, ...]:
        return tuple(
            code for province in PROVINCES.values() for city in province[2].values() for code in city[4]
        )

    @cached_property
    def riders_of(self) -> dict[str, tuple[Rider, ...]]:
        return {code: tuple(r for r in self.riders if r.unit == code) for code in self.outlets}

    @cached_property
    def clients_of(self) -> dict[str, tuple[Client, ...]]:
        return {code: tuple(c for c in self.clients if c.unit == code) for code in self.outlets}

    @cached_property
    def staff_of(self) -> dict[str, tuple[Staff, ...]]:
        return {unit.code: tuple(s for s in self.staff if s.unit == unit.code) for unit in self.units}

    def city(self, outlet: str) -> str:
        return self.unit[outlet].parent

    def province(self, outlet: str) -> str:
        return self.unit[self.city(outlet)].parent

    def city_name(self, outlet: str) -> str:
        return self.unit[self.city(outlet)].name

    def station(self, outlet: str) -> str | None:
        return f"{outlet}-01" if outlet in WITH_STATION else None

    def address(self, dice: Random, outlet: str) -> str:
        return names.address(dice, self.city_name(outlet), district(outlet))


def district(outlet: str) -> str:
    found = (city[4] for _, _, cities in PROVINCES.values() for city in cities.values())
    return next(outlets[outlet][0] for outlets in found if outlet in outlets)


def hub_of(city: str) -> tuple[str, float]:
    """The hub that serves a city, and hours of road to it."""
    found = next(cities[city] for _, _, cities in PROVINCES.values() if city in cities)
    return found[2], found[3]


def line_hours(start: str, end: str) -> float:
    return LINES[min(start, end), max(start, end)]


def hubs_between(origin_city: str, dest_city: str) -> tuple[str, ...]:
    """The hubs a parcel passes, in order."""
    first, last = hub_of(origin_city)[0], hub_of(dest_city)[0]
    return (first,) if first == last else (first, last)


def promised_hours(origin_city: str, dest_city: str) -> int:
    """The transit standard between two cities."""
    ends = {origin_city[:2], dest_city[:2]}
    if "HB" in ends and len(ends) > 1:
        return 96
    return 48 if hub_of(origin_city)[0] == hub_of(dest_city)[0] else 72


def cities() -> tuple[str, ...]:
    return tuple(city for _, _, found in PROVINCES.values() for city in found)


def survey(seed: int) -> Ground:
    """Draw the ground of a seed."""
    dice = Random(f"{seed}:ground")
    units = tuple(sorted(_units(), key=lambda unit: unit.level))
    outlets = [unit.code for unit in units if unit.kind == "outlet" and unit.level == 4]
    riders = tuple(_riders(dice, outlets))
    return Ground(units, tuple(_staff(dice, units)), riders, tuple(_clients(dice, outlets)))


def _units() -> Iterator[Unit]:
    yield Unit(HQ, names.CARRIER, names.CARRIER_EN, "hq", 1, "", "400-000-0000")
    for code, name, name_en, parent in DEPARTMENTS:
        yield Unit(code, name, name_en, "department", 2 if parent == HQ else 3, parent)
    for code, (name, name_en, places) in PROVINCES.items():
        yield Unit(code, f"{name}省区", name_en, "province", 2, HQ)
        yield Unit(f"{code}-LH", f"{name}干线车队", f"{name_en} line-haul", "linehaul", 4, code)
        for city_code, (city, city_en, _hub, _hours, outlets) in places.items():
            yield Unit(city_code, city, city_en, "city", 3, code)
            yield from _outlets(city_code, outlets)
    for code, (name, name_en, city) in HUBS.items():
        yield Unit(code, name, name_en, "hub", 4, city)


def _outlets(city_code: str, outlets: Outlets) -> Iterator[Unit]:
    for place, (code, (area, name, name_en)) in enumerate(outlets.items()):
        short = area[:-1] if len(area) > 2 else area
        phone = names.phone(10 * cities().index(city_code) + place)
        yield Unit(code, f"{short}{name}网点", f"{name_en} outlet", "outlet", 4, city_code, phone)
        if code in WITH_STATION:
            yield Unit(f"{code}-01", f"{short}{name}驿站", f"{name_en} station", "outlet", 5, code)


# The accounts that visitors are offered; everybody else's is made from the unit's code.
OFFERED = {
    ("SZ-WZ", 1): "owner",
    ("HQ-CS", 1): "agent",
    ("JS", 1): "province",
    ("HQ", 1): "manager",
    ("HQ", 3): "admin",
}


def _staff(dice: Random, units: tuple[Unit, ...]) -> Iterator[Staff]:
    number = 100
    for unit in units:
        for place, duty in enumerate(_duties(unit), start=1):
            number += 1
            username = OFFERED.get((unit.code, place), f"{unit.code.lower()}-{place}")
            yield Staff(username, names.person(dice), names.phone(number), duty, unit.code)


def _duties(unit: Unit) -> tuple[str, ...]:
    if unit.code == "HQ":
        return ("hq_manager", "hq_manager", "admin")
    if unit.kind == "department":
        wanted = {"CS": ("agent",) * 4, "CLAIMS": ("back_office",) * 3, "FIN": ("back_office",) * 2}
        return wanted.get(unit.code.split("-")[1], ("back_office",))
    if unit.kind == "outlet":
        return ("outlet_owner", "clerk") if unit.level == 4 else ()
    single = {
        "province": ("province_lead",),
        "hub": ("hub_master", "hub_master"),
        "linehaul": ("dispatcher",),
    }
    return single.get(unit.kind, ())


def _riders(dice: Random, outlets: list[str]) -> Iterator[Rider]:
    number = 1000
    for outlet in outlets:
        streets = dice.sample(names.STREETS, k=max(COURIERS_PER_OUTLET))
        for place in range(dice.choice(COURIERS_PER_OUTLET)):
            number += 1
            code = f"{outlet.replace('-', '')}{place + 1:02d}"
            yield Rider(code, names.person(dice), names.phone(number), outlet, streets[place])


def _clients(dice: Random, outlets: list[str]) -> Iterator[Client]:
    """Every outlet has shops with a contract and people who come now and then."""
    for place, outlet in enumerate(outlets):
        for n in range(dice.choice((1, 2, 2))):
            shop = f"{names.SHOPS[(place * 2 + n) % len(names.SHOPS)]}{'旗舰店' if n else '专营店'}"
            yield Client(f"C{place:02d}{n}", "contract", shop, names.phone(3000 + place * 10 + n), outlet)
        for n in range(4):
            number = 4000 + place * 10 + n
            yield Client(f"R{place:02d}{n}", "retail", names.person(dice), names.phone(number), outlet)
