"""One Spark session for these tests; skipped with a message where there is no Spark, never in CI."""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
MISSING = (
    "no Spark on this machine: pip install 'huhang[spark]', and Java 17"
    " (Debian: apt-get install openjdk-17-jre-headless)"
)


def spark_is_here() -> bool:
    return find_spec("pyspark") is not None and shutil.which("java") is not None


def pytest_runtest_setup(item: pytest.Item) -> None:
    if spark_is_here():
        return
    if os.environ.get("CI"):
        pytest.fail(MISSING, pytrace=False)
    pytest.skip(MISSING)


@pytest.fixture(scope="package")
def spark():
    from huhang.journey.watch.spark import stream

    kept = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), kept]))  # workers import `tests`
    session = stream.session("local[2]", {"spark.ui.enabled": "false", "spark.driver.memory": "1g"})
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()
