"""`huhang doctor`: is everything all right? The front door's own checks, then what each room can say about itself."""

import json
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

from huhang.kit.doctor import Finding, check, checks, fine, trouble

# A job that nobody took for this long means that no worker runs, or that they cannot keep up.
LONGEST_QUEUE = timedelta(minutes=2)
OLDEST_POSTGRESQL = 15_00_00
THREE_YEARS = 1096  # days


def command(arguments: list[str]) -> int:
    """Print one line per finding; 1 if a person must act. `--json` for machines."""
    import django

    django.setup()
    found = [(name, finding) for name, function in _in_order() for finding in _ask(function)]
    if "--json" in arguments:
        rows = [{"check": n, "is_well": f.is_well, "sentence": f.sentence} for n, f in found]
        print(json.dumps(rows, ensure_ascii=False))
    else:
        for name, finding in found:
            print(f"{'✓' if finding.is_well else '✗'} {name}：{finding.sentence}")
    return 0 if all(finding.is_well for _, finding in found) else 1


def _in_order() -> list[tuple[str, Callable[[], object]]]:
    """Ours first: without a database the others have nothing to say."""
    ours = [name for name, function in checks.items() if function.__module__ == __name__]
    return [(name, checks[name]) for name in [*ours, *(set(checks) - set(ours))]]


def _ask(function: Callable[[], object]) -> Iterator[Finding]:
    from django.db import DatabaseError

    try:
        answer = function()
        yield from [answer] if isinstance(answer, Finding) else list(answer)  # type: ignore[call-overload]
    except DatabaseError as error:
        yield trouble(f"数据库没有回答（{str(error).splitlines()[0]}）。")


@check("环境")
def environment() -> Iterator[Finding]:
    from django.conf import settings

    version = ".".join(map(str, sys.version_info[:3]))
    yield fine(f"Python {version}，数据目录 {settings.VAR}。")
    if settings.DEBUG:
        yield trouble("HUHANG_DEBUG=1 会把内部信息显示给访客，正式使用时请取消。")
    if settings.CSRF_TRUSTED_ORIGINS and not settings.PROXIES:
        yield trouble(
            "设了 HUHANG_ORIGINS 却没有设 HUHANG_PROXIES：所有客户会共用一份访问限额，请设为代理的层数。"
        )
    if 0 < settings.KEEP_SCANS_DAYS < THREE_YEARS:
        yield trouble(
            f"HUHANG_KEEP_SCANS_DAYS={settings.KEEP_SCANS_DAYS}：快递服务记录应保存三年以上，"
            f"请改为 {THREE_YEARS} 或更大（0 为永久）。"
        )


@check("模拟数据")
def simulated() -> Iterator[Finding]:
    """Its accounts and their password are public, and building it anew empties every table."""
    from huhang.config.demo import welcome

    if welcome.is_simulated():
        yield fine(
            "这里是模拟公司，账号和密码是公开的；请勿放入真实数据，正式使用请换一个空的数据库并设 HUHANG_DEMO=none。"
        )


@check("前端资源")
def front_end() -> Finding:
    from huhang.config import assets

    return trouble("还没有安装或已过期，请运行 huhang assets。") if assets.are_stale() else fine("完整。")


@check("数据库")
def database() -> Finding:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version'), current_setting('server_version_num')::int,"
            " pg_size_pretty(pg_database_size(current_database()))"
        )
        version, number, size = cursor.fetchone()
    if number < OLDEST_POSTGRESQL:
        return trouble(f"PostgreSQL {version} 太旧，需要 15 或更新版本。")
    return fine(f"PostgreSQL {version}，{size}。")


@check("数据表")
def migrations() -> Finding:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if pending:
        return trouble(f"有 {len(pending)} 个变更尚未执行，请运行 huhang migrate（huhang up 会自动执行）。")
    return fine("与程序一致。")


@check("任务队列")
def queue() -> Iterator[Finding]:
    """By the age of the oldest job that could have run, and by what has failed for good."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(OLDEST_WAITING)
        waiting, age = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'")
        failed = cursor.fetchone()[0]
    if age and age > LONGEST_QUEUE:
        yield trouble(
            f"{waiting} 个任务在等待，最早的已等了 {_minutes(age)} 分钟；请确认 huhang worker 在运行。"
        )
    else:
        yield fine(f"{waiting} 个任务在等待。")
    if failed:
        yield trouble(f"{failed} 个任务多次重试后仍失败，请查看 worker 的日志。")


# Due means scheduled for no later than now; a job's age counts from when it became due.
OLDEST_WAITING = """
SELECT count(*), now() - min(coalesce(j.scheduled_at, e.at))
FROM procrastinate_jobs j
LEFT JOIN LATERAL (
    SELECT min(at) AS at FROM procrastinate_events WHERE job_id = j.id AND type = 'deferred'
) e ON true
WHERE j.status = 'todo' AND (j.scheduled_at IS NULL OR j.scheduled_at <= now())
"""


def _minutes(age: timedelta) -> int:
    return int(age.total_seconds() // 60)


@check("扫描日志")
def scan_log() -> Iterator[Finding]:
    """The manifest in the database and the files on disk must tell the same story."""
    from huhang.journey.actions.scan_log import root
    from huhang.journey.models import Segment

    listed = dict(Segment.objects.filter(merged_into__isnull=True).values_list("path", "rows"))
    present = {str(file.relative_to(root())) for file in root().rglob("*.parquet")}
    broken = [path for path in listed if path in present and _rows_of(root() / path) != listed[path]]
    if lost := listed.keys() - present:
        yield trouble(f"{len(lost)} 个文件不见了（例如 {min(lost)}），请从备份恢复。")
    if broken:
        yield trouble(f"{len(broken)} 个文件已损坏（例如 {min(broken)}），请从备份恢复。")
    if not lost and not broken:
        strays = len(present - listed.keys())
        note = f"；另有 {strays} 个未登记，是中断的写入，会自动清理" if strays else ""
        yield fine(f"{len(listed)} 个文件、{sum(listed.values())} 行，与登记一致{note}。")


@check("审计记录")
def ledger() -> Finding:
    """Each entry is chained to the one before: whoever edits or removes one breaks the chain there."""
    from huhang.kit import audit

    broken = audit.first_broken()
    if broken is None:
        return fine("链条完整，没有被改动过。")
    return trouble(f"第 {broken} 条起与前文不符，可能被改动或删除过；请与备份核对。")


def _rows_of(file: Path) -> int:
    """From the file's own footer; -1 if it cannot be read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_metadata(file).num_rows
    except (pa.ArrowInvalid, OSError):
        return -1
