"""What goes wrong in the small loops, kept until it goes well again, so that `huhang doctor` can say it."""

from collections.abc import Iterator
from contextlib import suppress

from django.db import DatabaseError

from huhang.kit.doctor import Finding, check, fine, trouble
from huhang.kit.models import Fact

NAME = "tick:"
LONGEST = 64  # of a fact's key


def remember(tick: str, error: Exception, falls: int) -> None:
    """Keep the last error of a tick. A database that is away has other troubles."""
    told = {
        "tick": tick,
        "error": f"{type(error).__name__}: {error}".replace("\x00", "")[:300],
        "falls": falls,
    }
    with suppress(DatabaseError):
        Fact.objects.update_or_create(pk=_key(tick), defaults={"value": told})


def forget(tick: str) -> None:
    """It goes well again."""
    Fact.objects.filter(pk=_key(tick)).delete()


def _key(tick: str) -> str:
    return f"{NAME}{tick.removeprefix('huhang.')}"[:LONGEST]


@check("后台循环")
def loops() -> Iterator[Finding]:
    """Has every loop gone well the last time?"""
    found = list(Fact.objects.filter(pk__startswith=NAME).values_list("value", flat=True))
    for told in found:
        yield trouble(
            f"{told['tick']} 连续失败 {told['falls']} 次，仍在重试：{told['error']}。请查看工作进程的日志。"
        )
    if not found:
        yield fine("全部正常。")
