"""What of a person may be seen without asking: `王*`, `138******34`, an address up to the building.

Pure. GB/T 41833-2022: at least one character of a name, six digits of a phone and the unit and room of an
address are hidden. A mask always shows that it is one, masking twice changes nothing, and nothing comes out
as it went in. The full value is only shown by the audited reveal.
"""

import re

STAR = "*"
HIDDEN_DIGITS = 6
REST = STAR * 3

_DOUBLE_SURNAME = re.compile(
    "欧阳|司马|上官|诸葛|司徒|东方|独孤|南宫|夏侯|皇甫|尉迟|公孙|慕容|令狐|长孙|宇文|轩辕|端木|百里|呼延|西门"
)
_MASKED_PHONE = re.compile(r"\d{0,3}\*{6,}\d{0,2}")
_PHONE_IN_TEXT = re.compile(
    r"(?<![\dA-Za-z*])(?:(?:\+|00)?86[- ]?)?(?:1\d{2}[- ]?\d{4}[- ]?\d{4}|0\d{2,3}[- ]?\d{7,8})(?!\d)"
)
_LONG_NUMBER = re.compile(r"\d{7,}")

_NUMBER = r"[\dA-Za-z一二三四五六七八九十百零〇]+"
# From the surest sign of a building to the vaguest; the first that is found ends what may be seen.
_BUILDINGS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_NUMBER}\s*(?:号楼|栋|幢|座|#楼)|大厦|大楼|综合楼|办公楼|宿舍楼",
        rf"{_NUMBER}\s*号(?![线码])",
        r".*(?:小区|花园|家园|公寓|广场|中心|校区|园区|学校|大学|医院|市场|工业园|苑|居|城)",
        r".*(?:[省市区县旗镇乡村庄屯]|街道|路|街|巷|弄|道)",
    )
)
_ROOM = re.compile(rf"{_NUMBER}\s*(?:单元|室|房|层|户|楼(?!\w*号)|F(?![A-Za-z]))|单元", re.IGNORECASE)
_KEPT_WITHOUT_A_SIGN = 6


def name(full: str) -> str:
    """`王小明` → `王*`, `欧阳锋` → `欧阳*`: the surname and one star, whatever the length."""
    shown = full.strip()
    if not shown:
        return ""
    if len(shown) == 1:
        return STAR
    surname = shown[:2] if len(shown) > 2 and _DOUBLE_SURNAME.match(shown) else shown[0]
    return surname.rstrip(STAR) + STAR


def phone(full: str) -> str:
    """`13812345678` → `138******78`; shorter numbers show less, never fewer than six digits hidden."""
    given = full.strip()
    if not given or _MASKED_PHONE.fullmatch(given):
        return given
    digits = re.sub(r"\D", "", given)
    digits = re.sub(r"^(?:0086|86)(?=1\d{10})", "", digits)
    spare = len(digits) - HIDDEN_DIGITS
    if spare < 2:
        return STAR * HIDDEN_DIGITS
    head = digits[: min(3, spare - 2)]
    return head + STAR * (len(digits) - len(head) - 2) + digits[-2:]


def address(full: str) -> str:
    """Up to the building, without unit and room: `金山路88号3栋2单元501室` → `金山路88号3栋***`."""
    shown = _address(full)
    while shown != (again := _address(shown)):  # what is cut off may leave an end that reads as a room
        shown = again
    return shown


def _address(full: str) -> str:
    given = full.strip()
    if not given:
        return ""
    was_masked = given.endswith(STAR)
    bare = given.rstrip(STAR)
    if room := _ROOM.search(bare):
        bare = bare[: room.start()]
    head = _to_building(bare)
    if head is None:
        # Nothing tells the building from the room: keep the beginning, unless this is that beginning already.
        head = bare if was_masked else bare[: min(_KEPT_WITHOUT_A_SIGN, len(bare) // 2)]
    return _LONG_NUMBER.sub(REST, head).rstrip(STAR) + REST


def phones_in(text: str) -> str:
    """Free text with every phone number in it masked."""
    return _PHONE_IN_TEXT.sub(lambda found: phone(found[0]), text)


def _to_building(full: str) -> str | None:
    for sign in _BUILDINGS:
        if found := sign.search(full):
            return full[: found.end()]
    return None
