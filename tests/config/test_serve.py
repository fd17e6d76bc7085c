"""A worker for real: it takes a job, and what the job enqueues is committed with the job's own change."""

import os
import subprocess
import sys
from typing import Any

import pytest
from django.db import connection, transaction

from huhang.kit import facts, jobs
from huhang.kit.models import Fact
from tests.config.processes import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.alone]

# A worker that knows two jobs more: the first tells the second and then takes everything back.
WORKER = """
from django.db import transaction
from huhang.config import serve
from huhang.kit import jobs

@jobs.job("kit.toy.first")
def first(*, is_regretted):
    from huhang.kit import facts
    try:
        with transaction.atomic():
            jobs.enqueue("kit.toy.second", word="regretted" if is_regretted else "kept")
            if is_regretted:
                raise LookupError
    except LookupError:
        facts.put("toy-first", True)

@jobs.job("kit.toy.second")
def second(*, word):
    from huhang.kit import facts
    facts.put(f"toy-{word}", True)

serve.worker(["--concurrency", "2"])
"""


@pytest.fixture
def worker():
    name = connection.settings_dict
    host = name["HOST"]
    url = f"postgresql://{name['USER']}@/{name['NAME']}?host={host}" if host.startswith("/") else _url(name)
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER],
        env={**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "huhang.config.settings"},
    )
    yield process
    process.kill()
    process.wait()


def _url(name):
    return f"postgresql://{name['USER']}:{name['PASSWORD']}@{name['HOST']}:{name['PORT']}/{name['NAME']}"


def defer(name: str, **kwargs: Any) -> None:
    """Enqueue a job that only the worker knows."""
    jobs.registry[name] = lambda **_: None
    try:
        with transaction.atomic():
            jobs.enqueue(name, **kwargs)
    finally:
        del jobs.registry[name]


def is_put(key: str) -> bool:
    return Fact.objects.filter(pk=key).exists()


@pytest.mark.django_db(transaction=True)
class TestWorker:
    def test_commits_what_a_job_enqueues_with_the_job_s_own_change(self, worker):
        defer("kit.toy.first", is_regretted=True)
        defer("kit.toy.first", is_regretted=False)
        wait_until(lambda: is_put("toy-kept"))
        assert is_put("toy-first")
        assert not is_put("toy-regretted"), "a job told of a change that was taken back"

    def test_ends_politely_when_asked(self, worker):
        defer("kit.toy.first", is_regretted=False)
        wait_until(lambda: is_put("toy-kept"))
        worker.terminate()
        assert worker.wait(180) == 0
        facts.forget()
