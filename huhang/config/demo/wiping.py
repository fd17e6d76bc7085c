"""Making room: everything of a simulated carrier goes, and nothing of a real one ever does."""

import shutil

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Model

from huhang.config import packs
from huhang.config.demo import welcome
from huhang.desk.models import Ticket
from huhang.journey.models import Waybill
from huhang.kit import facts
from huhang.kit.errors import DomainError
from huhang.kit.rooms import RoomConfig
from huhang.network.models import OrgUnit

# What records outlive, and what is known of the world whoever the carrier is.
KEPT = {"kit.auditentry", "kit.calendar", "kit.calendarday", "kit.fact", "metrics.definition"}
BESIDE = ("procrastinate_jobs", "django_session", "django_admin_log")
FOLDERS = ("log", "watch", "outbox")


class RealData(DomainError):
    """这个数据库里已有真实数据，不能用模拟数据覆盖。请换一个空的数据库，或用 HUHANG_VAR 指定另一个目录。"""


def require_ours() -> None:
    """Refuse unless the database is empty or was filled by us."""
    if welcome.is_simulated():
        return
    if any(model._default_manager.exists() for model in (OrgUnit, Waybill, Ticket)):
        raise RealData


@transaction.atomic
def wipe() -> None:
    """Empty every table of the rooms and the scan log; the shipped packs are loaded again."""
    facts.forget()
    require_ours()
    tables = [model._meta.db_table for model in _models()] + [*BESIDE]
    with connection.cursor() as cursor:
        names = ", ".join(connection.ops.quote_name(table) for table in tables)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # no table with checks still to come can be emptied
        cursor.execute(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
    for folder in FOLDERS:
        shutil.rmtree(settings.VAR / folder, ignore_errors=True)
    packs.load()


def _models() -> list[type[Model]]:
    rooms = [room for room in apps.get_app_configs() if isinstance(room, RoomConfig)]
    return [model for room in rooms for model in room.get_models() if model._meta.label_lower not in KEPT]


class InUse(DomainError):
    """有其他程序正在使用这个数据库。请先停止 huhang up，再重新生成模拟数据。"""


def require_quiet() -> None:
    """Refuse while web, workers or the watch are at work: their parcels would vanish under their hands."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        if cursor.fetchone()[0]:
            raise InUse
