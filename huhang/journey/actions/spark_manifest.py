"""The way to the log's order for Spark's source, which asks in a process of its own beside the driver."""

from collections.abc import Mapping
from pathlib import Path

import django
from django.apps import apps
from django.db import close_old_connections

from huhang.journey.watch.spark.places import Manifest

PATH = f"{__name__}:manifest"


def manifest(told: Mapping[str, str]) -> Manifest:
    """Return the manifest in the database; in a new process this is the first that needs Django."""
    if not apps.ready:
        django.setup()
    from huhang.journey.actions import spark_log  # tables can be imported only now

    close_old_connections()  # asked every second or so; the database may have been restarted since
    return spark_log.Rows(Path(told["worlds"]))
