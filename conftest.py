"""Fixtures for every test: a browser where there is one.

The database and the data folder of tests are the work of `huhang.config.testing`.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

NO_CHROMIUM = (
    "no Chromium on this machine: install it (Debian: apt-get install chromium) or name it in $CHROMIUM"
)


def chromium_path() -> str | None:
    """Where Chromium is: $CHROMIUM, else the usual places."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named if Path(named).exists() else None
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Without Chromium browser tests are skipped with the reason; in CI they fail."""
    if item.get_closest_marker("browser") and chromium_path() is None:
        if os.environ.get("CI") == "true":
            pytest.fail(NO_CHROMIUM, pytrace=False)
        pytest.skip(NO_CHROMIUM)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A running browser; tests that use it carry `@pytest.mark.browser`."""
    from playwright.sync_api import sync_playwright

    # Playwright's own loop runs in this thread, and Django would take each query for one made inside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path(), args=["--no-sandbox", "--disable-dev-shm-usage", "--lang=zh-CN"]
        )
        yield browser
        browser.close()


@pytest.fixture
def desktop(chromium: Any) -> Iterator[Any]:
    """A page as wide as an office screen; fails the test on an error in the page's own scripts."""
    yield from _page(chromium, width=1440, height=900)


@pytest.fixture
def phone(chromium: Any) -> Iterator[Any]:
    """A page as wide as a phone."""
    yield from _page(chromium, width=390, height=844)


def _page(chromium: Any, *, width: int, height: int) -> Iterator[Any]:
    context = chromium.new_context(
        viewport={"width": width, "height": height}, locale="zh-CN", timezone_id="Asia/Shanghai"
    )
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert not errors, errors
