"""Where units may stand."""

import pytest

from huhang.network.rules import tree
from huhang.network.rules.tree import Kind


@pytest.mark.parametrize(
    ("kind", "parent_level", "level"),
    [
        (Kind.HQ, None, 1),
        (Kind.HQ, 1, None),  # there is one headquarters
        (Kind.PROVINCE, 1, 2),
        (Kind.PROVINCE, 2, None),
        (Kind.CITY, 2, 3),
        (Kind.CITY, 1, 3),  # a municipality
        (Kind.CITY, 3, None),
        (Kind.OUTLET, 3, 4),
        (Kind.OUTLET, 4, 5),  # a sub-outlet
        (Kind.OUTLET, 5, None),
        (Kind.HUB, 2, 4),  # rank, not depth
        (Kind.LINEHAUL, 1, 4),
        (Kind.DEPARTMENT, 1, 2),
        (Kind.DEPARTMENT, 4, 5),
        (Kind.OUTLET, None, None),
    ],
)
def test_level_of(kind: Kind, parent_level: int | None, level: int | None) -> None:
    assert tree.level_of(kind, parent_level) == level


def test_paths() -> None:
    assert tree.path_of("SZ", "/HQ/JS/") == "/HQ/JS/SZ/"
    assert tree.path_of("HQ", None) == "/HQ/"
    assert tree.above("/HQ/JS/SZ/") == ["/HQ/", "/HQ/JS/", "/HQ/JS/SZ/"]


@pytest.mark.parametrize("code", ["", "a/b", "a b", "-a", "苏州", "x" * 33, "a%"])
def test_what_is_no_code(code: str) -> None:
    assert not tree.CODE.fullmatch(code)
