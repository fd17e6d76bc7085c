import subprocess
import sys

import pytest
from django.core.management import get_commands, load_command_class

from huhang.config import cli


@pytest.mark.parametrize(
    ("words", "needs"),
    [
        (["migrate"], True),
        (["hits", "--format", "csv"], True),
        (["hits", "--help"], False),  # help is read where nothing runs
        (["codes", "map"], False),  # a filter: text in, codes out
        (["up"], False),  # starts its own, after looking at the ports
        (["doctor"], True),
    ],
)
def test_needs_database(words, needs, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert cli.needs_database(words[0], words) is needs


def test_needs_no_embedded_database_beside_a_given_one(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://db/huhang")
    assert not cli.needs_database("migrate", ["migrate"])


def test_lists_its_words():
    command = [sys.executable, "-m", "huhang.config"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "huhang up" in said
    assert "huhang doctor" in said


def test_our_commands_start_without_loading_every_page():
    """Django's checks cost more than the rest of a start."""
    ours = [name for name, app in get_commands().items() if app.startswith("huhang.")]
    assert "watch" in ours
    assert [
        name for name in ours if load_command_class(get_commands()[name], name).requires_system_checks
    ] == []
