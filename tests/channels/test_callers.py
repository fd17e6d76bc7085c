"""Who may call back."""

import pytest

from huhang.channels.rules.callers import is_allowed

ROWS = [
    ("203.0.113.7", [], True, "no network named: the secret address alone guards"),
    ("203.0.113.7", ["203.0.113.0/24"], True, "inside"),
    ("203.0.114.7", ["203.0.113.0/24"], False, "outside"),
    ("203.0.113.7", ["198.51.100.0/24", "203.0.113.7"], True, "one machine, the second one named"),
    ("203.0.113.7", ["203.0.113.9/24"], True, "a network written with a machine's number"),
    ("::ffff:203.0.113.7", ["203.0.113.0/24"], True, "the same caller, as IPv6 shows it"),
    ("2001:db8::1", ["203.0.113.0/24"], False, "another sort of address"),
    ("2001:db8::1", ["2001:db8::/32"], True, "inside, by IPv6"),
    ("203.0.113.7", ["oops"], False, "a slip of the pen does not open the door"),
    ("unknown", ["0.0.0.0/0"], False, "nobody knows who calls"),
    ("", [" "], True, "blank lines name no network"),
]


@pytest.mark.parametrize(("address", "networks", "verdict", "why"), ROWS, ids=[row[3] for row in ROWS])
def test_is_allowed(address, networks, verdict, why):
    assert is_allowed(address, networks) is verdict, why
