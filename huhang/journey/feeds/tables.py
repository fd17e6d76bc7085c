"""Code tables of aggregators and carriers (`packs/codes/<name>.yaml`): their word or number → ours."""

from functools import cache

from huhang.journey.feeds import packs
from huhang.journey.rules.codes import Code, Reason
from huhang.journey.rules.mapping import UNKNOWN, Meaning

# What the outside world calls the carriers whose words we have, and the aggregators that pass them on.
_ALSO_CALLED = {
    "shunfeng": "sf", "shunfengsuyun": "sf", "shentong": "sto", "yd": "yunda",
    "kd100": "kuaidi100", "kdn": "kdniao", "weixin": "wechat", "wx": "wechat",
}  # fmt: skip
_NAMES = frozenset({"kuaidi100", "kdniao", "wechat", "sto", "yunda", "sf", "upu"})


def look_up(table: str, word: str | int) -> Meaning:
    """Return what a carrier's own code means; OTHER for a table or word that we do not know."""
    name = _ALSO_CALLED.get(table.lower(), table.lower())
    if name not in _NAMES:
        return UNKNOWN
    return _table(name).get(str(word).strip().upper(), UNKNOWN)


@cache
def _table(name: str) -> dict[str, Meaning]:
    return {str(word).upper(): _meaning(name, entry) for word, entry in packs.raw(name)["codes"].items()}


def _meaning(name: str, entry: str) -> Meaning:
    code, _, reason = entry.partition(" ")
    return Meaning(Code[code], Reason[reason or "NONE"], name)
