"""Who may do what: the doors that must stay shut are listed here one by one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huhang.network.rules import roles
from huhang.network.rules.roles import ROLES, Held, Role, scopes

CODES = st.sampled_from(["A", "B", "AB", "C"])
PATHS = st.lists(CODES, min_size=1, max_size=4).map(lambda codes: "/" + "/".join(codes) + "/")
HELD = st.lists(st.builds(Held, st.sampled_from([*Role, "ghost"]), PATHS), max_size=6)


@pytest.mark.parametrize(
    ("role", "permission", "held"),
    [
        (Role.AGENT, "desk.answer", True),
        (Role.AGENT, "network.edit", False),
        (Role.AGENT, "network.import", False),
        (Role.AGENT, "journey.rules.edit", False),
        (Role.OUTLET_CLERK, "network.people", False),  # no clerk gives himself a role
        (Role.OUTLET_OWNER, "network.import", False),  # a file could name other outlets
        (Role.COURIER, "network.see", False),
        (Role.COURIER, "desk.claim", False),
        (Role.PROVINCE_LEAD, "journey.rules.edit", False),  # rules hold for the whole network
        (Role.HQ_MANAGER, "journey.rules.edit", True),
        (Role.ADMINISTRATOR, "kit.reveal", False),  # keeps the house, reads no customer
        (Role.ADMINISTRATOR, "desk.answer", False),
        (Role.AUDITOR, "kit.audit", True),
    ],
)
def test_what_a_role_may(role: Role, permission: str, held: bool) -> None:
    assert roles.gives(role, permission) is held


def test_an_auditor_changes_nothing() -> None:
    acts = {"desk.claim", "desk.answer", "network.edit", "network.people", "network.import", "kit.reveal"}
    assert not ROLES[Role.AUDITOR].permissions & acts


def test_an_unknown_role_holds_nothing() -> None:
    assert not any(roles.gives("ghost", permission) for permission in roles.EVERY_PERMISSION)


def test_a_longer_code_is_not_below_a_shorter_one() -> None:
    assert not roles.is_under("/HQ/JS-SZ/", "/HQ/JS/")


def test_a_province_sets_no_rules_for_the_others() -> None:
    held = [Held(Role.ADMINISTRATOR, "/HQ/JS/")]
    assert not any(scopes(held, permission) for permission in roles.OF_THE_WHOLE)
    assert scopes([Held(Role.ADMINISTRATOR, "/HQ/")], "journey.rules.edit") == ["/HQ/"]


class TestScopes:
    @given(HELD, st.sampled_from(sorted(roles.EVERY_PERMISSION)), PATHS)
    def test_reach_exactly_what_some_grant_gives(self, held: list[Held], permission: str, path: str) -> None:
        counts = [g for g in held if permission not in roles.OF_THE_WHOLE or roles.is_whole(g.path)]
        by_grants = any(roles.gives(g.role, permission) and path.startswith(g.path) for g in counts)
        assert any(roles.is_under(path, scope) for scope in scopes(held, permission)) is by_grants

    @given(HELD, st.sampled_from(sorted(roles.EVERY_PERMISSION)))
    def test_do_not_repeat_one_another(self, held: list[Held], permission: str) -> None:
        found = scopes(held, permission)
        assert not [(a, b) for a in found for b in found if a != b and a.startswith(b)]

    @given(HELD)
    def test_of_an_unknown_permission_are_none(self, held: list[Held]) -> None:
        assert scopes(held, "kit.everything") == []
