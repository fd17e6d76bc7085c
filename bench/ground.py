"""The ground of measurements: an installation of their own with all tables, and servers that have started."""

import os
import socket
import sys
import time
from pathlib import Path


def lay(var: Path) -> None:
    """This process becomes one of an installation in `var`, with its own PostgreSQL and every table."""
    var.mkdir(parents=True, exist_ok=True)
    os.environ["HUHANG_VAR"] = str(var)
    os.environ["DJANGO_SETTINGS_MODULE"] = "huhang.config.settings"
    os.environ["HUHANG_PROXIES"] = "1"
    os.environ.pop("DATABASE_URL", None)
    from huhang.config import embedded

    embedded.ensure_running(var)
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def leave() -> None:
    """Let go of the database, so that it ends with its last user."""
    from django.db import connections

    connections.close_all()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    """Until a server answers there; ends the measurement when none does."""
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    sys.exit("a server did not start")
