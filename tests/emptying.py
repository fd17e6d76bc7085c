"""Emptying the tables after a test that committed: only those that hold rows, and not what every test finds there.

Django truncates all of them, each with new files for it and for its indexes, and then writes each permission again.
"""

from typing import Any

from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection, transaction

from huhang.metrics.apps import keep_definitions

# As the triggers of watched tables do, which are left out here.
MOVED = "UPDATE kit_ground SET version = nextval('kit_ground_version')"
STAYING = {model._meta.db_table for model in (ContentType, Permission)}


def empty(*_: Any, **__: Any) -> None:
    """Leave the database as the next test expects it; waits for whoever is still writing."""
    with transaction.atomic(), connection.cursor() as cursor:
        if not _may_leave_out_triggers(cursor):
            call_command("flush", verbosity=0, interactive=False, reset_sequences=False)
            return
        # Also those that Django does not manage: the queue's jobs and workers would meet the next test.
        names = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
        tables = [f'"{name}"' for name in sorted(names - STAYING)]
        cursor.execute(f"LOCK TABLE {', '.join(tables)} IN EXCLUSIVE MODE")
        # The order of foreign keys does not matter then, nor that some tables only ever grow.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in tables)
        )
        cursor.execute(";".join([*(f"DELETE FROM {name}" for (name,) in cursor.fetchall()), MOVED]))
        cursor.execute("SET LOCAL session_replication_role = origin")
    keep_definitions()


def _may_leave_out_triggers(cursor: Any) -> bool:
    cursor.execute("SELECT current_setting('is_superuser') = 'on'")
    return bool(cursor.fetchone()[0])
