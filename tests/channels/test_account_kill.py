"""Real workers that write and fetch at a vendor's, killed at random: nobody gets a word twice, none is refused for its
count, no picture is lost."""

import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from PIL import Image

from huhang.channels.actions import fetching, hearing, outgoing, talking
from huhang.channels.adapters.weixin import UNSURE
from huhang.channels.models import Account, MediaFetch, Message, Outgoing
from huhang.channels.rules.incoming import Incoming
from huhang.channels.rules.matter import Media, Sort
from huhang.channels.rules.outgoing import LEASE, State
from tests.cast import Cast
from tests.channels.fakes.vendor_server import Answer, Request
from tests.channels.fakes.wechat import WeChatServer
from tests.channels.fakes.wecom import WeComServer
from tests.channels.fakes.weixin import WeixinServer
from tests.channels.test_two_posters import start_worker
from tests.config.processes import wait_until
from tests.factories import channels as factory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.alone]
PEOPLE, WORDS, KILLS = 15, 4, 4


def account_at(cast: Cast, adapter: str, server: WeixinServer) -> Account:
    told = dict(server.settings)  # type: ignore[attr-defined]
    names = ("app_secret", "secret", "token", "aes_key")
    secrets = {name: told.pop(name) for name in names if name in told}
    del told["name"]
    unit = cast.unit("HQ-CS")
    account = factory.account(unit, adapter=adapter, settings=told, secrets=secrets)
    factory.entrance(unit, kind=adapter, account=account)
    return account


def everybody_is_answered(cast: Cast, account: Account, server: WeChatServer | WeComServer) -> set[str]:
    """Everybody writes once and is answered four times; one more would be refused for its count, and so it is tried."""
    now, said = server.now, set()
    for person in range(PEOPLE):
        server.says(f"o-{person}", "在吗")
        told = hearing.hear(account, Incoming(f"m-{person}", f"o-{person}", now, text="在吗"), now=now)
        assert told is not None
        talking.take(told.conversation.no, by=cast.lin, now=now)
        for word in range(WORDS + 2):
            text = f"{person} 第 {word} 句"
            talking.say(told.conversation.no, text=text, by=cast.lin, key=f"{person}-{word}", now=now)
            said.add(text)
    return said


def kill_at_random(workers: list[subprocess.Popen[bytes]], is_over: Callable[[], bool]) -> int:
    chance, kills = random.Random(7), 0
    while kills < KILLS and not is_over():
        victim = kills % len(workers)  # the other one lives on
        time.sleep(chance.uniform(0.05, 0.6))
        workers[victim].send_signal(signal.SIGKILL)
        workers[victim].wait()
        workers[victim], kills = start_worker(), kills + 1
    return kills


def end(workers: list[subprocess.Popen[bytes]]) -> None:
    for worker in workers:
        worker.send_signal(signal.SIGKILL)
        worker.wait()


def refusals(server: WeixinServer, path: str) -> Callable[[], int]:
    """How often the vendor said no at this door."""
    door, said = server.doors["POST", path], []

    def listening(request: Request) -> Answer:
        answer = door(request)
        time.sleep(0.02)  # so that a kill meets somebody in the middle of it
        if b'"errcode": 45' in answer.body or b'"errcode": 9500' in answer.body:
            said.append(answer.body)
        return answer

    server.doors["POST", path] = listening
    return lambda: len(said)


def hand_over(server: WeixinServer) -> int:
    """Workers hand over and are killed; what they held goes out when their lease is over."""
    waiting = Outgoing.objects.filter(next_at__isnull=False)
    workers = [start_worker(), start_worker()]
    try:
        wait_until(lambda: any("send" in asked.path for asked in server.asked))
        kills = kill_at_random(workers, lambda: not waiting.exists())
        wait_until(lambda: waiting.count() <= kills + len(workers) + PEOPLE)
    finally:
        end(workers)
    later = datetime.now(UTC) + LEASE
    while waiting.exists():
        later += timedelta(minutes=1)
        outgoing.deliver_due(now=later)
    return kills


def test_a_vendor_that_knows_our_names_gets_every_word_once(cast: Cast) -> None:
    with WeComServer() as server:
        server.now = datetime.now(UTC)
        account = account_at(cast, "wecom", server)
        said = everybody_is_answered(cast, account, server)
        no = refusals(server, "/cgi-bin/kf/send_msg")
        kills = hand_over(server)
        got = Counter(one["text"]["content"] for one in server.sent)
    assert set(got.values()) == {1}
    assert set(got) == {text for text in said if not text.endswith("第 5 句")}
    assert Outgoing.objects.filter(state=State.SENT).count() == len(got)
    assert no() == 0
    print(f"{kills} kills: {len(got)} words once each, none refused for its count")


def test_a_vendor_that_does_not_gets_no_word_twice(cast: Cast) -> None:
    with WeChatServer() as server:
        server.now = datetime.now(UTC)
        account = account_at(cast, "wechat", server)
        everybody_is_answered(cast, account, server)
        no = refusals(server, "/cgi-bin/message/custom/send")
        kills = hand_over(server)
        got = Counter(one["text"]["content"] for one in server.sent)
    assert set(got.values()) == {1}
    unsure = Outgoing.objects.filter(reason=UNSURE)
    assert unsure.count() <= kills + 2
    sure = set(Outgoing.objects.filter(state=State.SENT).values_list("text", flat=True))
    assert sure <= set(got) <= sure | set(unsure.values_list("text", flat=True))
    assert no() == 0
    print(f"{kills} kills: {len(sure)} words once each, of {unsure.count()} more nobody can know")


def test_every_picture_comes_though_workers_die(cast: Cast) -> None:
    with BytesIO() as file:
        Image.new("RGB", (640, 480), "red").save(file, "JPEG")
        picture = file.getvalue()
    with WeChatServer() as server:
        server.now = datetime.now(UTC)
        account = account_at(cast, "wechat", server)
        asked = Counter[str]()

        def media(request: Request) -> Answer:
            asked[request.query["media_id"]] += 1
            time.sleep(0.02)
            return Answer(
                picture, 200, {"Content-Type": "image/jpeg", "Content-Disposition": 'filename="a.jpg"'}
            )

        server.doors["GET", "/cgi-bin/media/get"] = media
        for number in range(PEOPLE * WORDS):
            fact = Incoming(
                f"m-{number}",
                f"o-{number % 7}",
                server.now,
                sort=Sort.IMAGE,
                media=(Media(ref=f"media-{number}"),),
            )
            hearing.hear(account, fact, now=server.now)
        waiting = MediaFetch.objects.filter(next_at__isnull=False)
        workers = [start_worker(), start_worker()]
        try:
            wait_until(lambda: len(asked) > 0)
            kills = kill_at_random(workers, lambda: not waiting.exists())
            wait_until(lambda: waiting.count() <= kills + len(workers))
        finally:
            end(workers)
        later = datetime.now(UTC) + fetching.LEASE + timedelta(seconds=1)
        fetching.fetch_due(now=later)
    files = [
        one for files in Message.objects.filter(sort="image").values_list("files", flat=True) for one in files
    ]
    assert [one["type"] for one in files] == ["image/jpeg"] * PEOPLE * WORDS
    assert all(one["file"] for one in files)
    assert len({one["file"] for one in files}) == PEOPLE * WORDS
    again = sum(asked.values()) - len(asked)
    assert again <= kills + 2
    print(f"{kills} kills: {len(files)} pictures once each, {again} asked for twice")
