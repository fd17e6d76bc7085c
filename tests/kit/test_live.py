"""What changes is heard by the pages that may hear it, and by nobody else."""

import asyncio
import time
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core import signing
from django.db import connection, transaction

from huhang.kit import live, push
from huhang.kit.hub import Hub
from huhang.kit.models import Outbox
from tests import asides


class TestTopics:
    def test_an_announcement_reaches_every_level_above_it_and_the_thing_itself(self) -> None:
        assert live.topics_of("desk.ticket", "/HQ/JS/", "T1") == [
            "desk.ticket@/", "desk.ticket@/HQ/", "desk.ticket@/HQ/JS/", "desk.ticket#T1",
        ]  # fmt: skip

    def test_a_topic_below_is_not_reached(self) -> None:
        assert "desk.ticket@/HQ/JS/SZ/" not in live.topics_of("desk.ticket", "/HQ/JS/", "T1")


class TestToken:
    def test_carries_its_topics(self) -> None:
        assert live.unsign(live.sign(["b", "a", "a"])) == ["a", "b"]

    def test_says_when_it_was_made(self) -> None:
        assert abs(live.signed_at(live.sign(["a"])) - time.time()) < 3600

    def test_refuses_forgery(self) -> None:
        token = live.sign(["desk.ticket@/HQ/JS/"])
        with pytest.raises(signing.BadSignature):
            live.unsign(token[:-1] + ("A" if token[-1] != "A" else "B"))


@pytest.mark.django_db(transaction=True)
class TestOutbox:
    def test_what_is_taken_back_was_never_said(self) -> None:
        with transaction.atomic():
            live.announce("desk.ticket", path="/HQ/", ref="T1")
            transaction.set_rollback(True)
        assert not Outbox.objects.exists()

    def test_a_sleeper_gets_what_it_missed_on_its_topics_only(self) -> None:
        live.announce("desk.ticket", path="/HQ/JS/", ref="T1")
        live.announce("desk.ticket", path="/HQ/ZJ/", ref="T2")
        missed = asides.run(push.missed(["desk.ticket@/HQ/JS/"], 0))
        assert len(missed) == 1
        assert b'"ref": "T1"' in missed[0]

    def test_who_missed_too_much_looks_at_everything(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(push, "REPLAY_AT_MOST", 2)
        live.announce_many("desk.ticket", [("/HQ/", f"T{number}") for number in range(3)])
        missed = asides.run(push.missed(["desk.ticket@/HQ/"], 0))
        assert [b'"ref": ""' in words for words in missed] == [True]

    def test_who_slept_longer_than_anything_is_kept_looks_at_everything(self) -> None:
        live.announce("desk.ticket", path="/HQ/", ref="T1")
        Outbox.objects.all().delete()
        live.announce("desk.clock", path="/HQ/", ref="T2")
        missed = asides.run(push.missed(["desk.ticket@/HQ/"], Outbox.objects.latest("pk").pk - 1))
        assert [b'"ref": ""' in words for words in missed] == [True]


class Browser:
    """An ASGI client that keeps a stream open until told to leave."""

    def __init__(self, token: str, last: str = "") -> None:
        self.scope = {
            "type": "http", "method": "GET", "path": "/push",
            "query_string": f"token={token}&last={last}".encode(), "headers": [],
        }  # fmt: skip
        self.sent: list[dict[str, Any]] = []
        self.leaving = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        await self.leaving.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    @property
    def text(self) -> str:
        return b"".join(m.get("body", b"") for m in self.sent).decode()

    async def until(self, words: str) -> None:
        async with asyncio.timeout(60):
            while words not in self.text:
                await asyncio.sleep(0.02)


@pytest.mark.django_db(transaction=True)
class TestStream:
    def test_hears_a_committed_change_under_its_path(self) -> None:
        asides.run(self._hears())

    async def _hears(self) -> None:
        push.hub = Hub()
        browser = Browser(live.sign(["desk.ticket@/HQ/JS/"]))
        stream = asyncio.create_task(push.application(browser.scope, browser.receive, browser.send))
        await browser.until(": open")
        await push.hub.is_ready.wait()
        await sync_to_async(live.announce)("desk.ticket", path="/HQ/ZJ/", ref="T2")
        await sync_to_async(live.announce)("desk.ticket", path="/HQ/JS/JS-SZ/", ref="T1")
        await browser.until('"ref": "T1"')
        assert "T2" not in browser.text
        browser.leaving.set()
        await stream
        assert not push.hub.listeners
        push.hub.stop()
        await sync_to_async(lambda: connection.close())()

    def test_a_forged_token_hears_nothing(self) -> None:
        browser = Browser("forged")
        asides.run(push.application(browser.scope, browser.receive, browser.send))
        assert browser.sent[0]["status"] == 403
