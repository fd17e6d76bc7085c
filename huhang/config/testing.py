"""The pytest plugin that gives tests a data folder of their own; loaded before Django's settings are.

`var/test` holds their PostgreSQL and scan log, so that a running `huhang up` and a test never meet.
"""

import os

import pytest

from huhang.config import embedded

if "PYTEST_XDIST_WORKER" not in os.environ:  # its workers inherit what we set
    os.environ["HUHANG_VAR"] = str(embedded.var_dir() / "test")
    # The server is needed as soon as a fixture asks for the database; holding it here keeps it for all workers.
    if not os.environ.get("DATABASE_URL"):
        embedded.ensure_running(embedded.var_dir())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests marked `alone` run one after another in one worker."""
    for item in items:
        if item.get_closest_marker("alone"):
            item.add_marker(pytest.mark.xdist_group("alone"))
