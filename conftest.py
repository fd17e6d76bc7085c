"""Fixtures for every test: a browser where there is one.

The database and the data folder of tests are the work of `huhang.config.testing`.
"""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Lock
from typing import Any

import pytest
from django.core.signals import request_finished, request_started

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
    from playwright.sync_api import expect, sync_playwright

    # As long as Playwright waits for everything else.
    expect.set_options(timeout=30_000)
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


LONGEST_ANSWER = 10


class _Answering:
    """How many requests the server of the pages is answering just now."""

    def __init__(self) -> None:
        self.count, self.lock = 0, Lock()
        request_started.connect(self.began)
        request_finished.connect(self.ended)

    def began(self, **_: Any) -> None:
        with self.lock:
            self.count += 1

    def ended(self, **_: Any) -> None:
        with self.lock:
            self.count = max(0, self.count - 1)

    def forget(self) -> None:
        """What a page still asks when its test is over is refused the tables in mid-air, and never ends."""
        with self.lock:
            self.count = 0


def _leave(context: Any) -> None:
    """Close a browser once nothing that it asked is under way: a page says goodbye as it goes, and what is still
    being answered would hold the tables that are emptied after the test."""
    context.set_offline(True)
    until = time.monotonic() + LONGEST_ANSWER
    while answering.count > 0 and time.monotonic() < until:
        time.sleep(0.02)
    context.close()


answering = _Answering()


@pytest.fixture
def leave() -> Callable[[Any], None]:
    """Close a browser's context of one's own."""
    return _leave


def _page(chromium: Any, *, width: int, height: int) -> Iterator[Any]:
    answering.forget()
    context = chromium.new_context(
        viewport={"width": width, "height": height}, locale="zh-CN", timezone_id="Asia/Shanghai"
    )
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    _leave(context)
    assert not errors, errors
