"""One address that hangs does not hold up what others are told."""

from collections import Counter, defaultdict
from threading import Event, Lock
from types import SimpleNamespace

import pytest

from huhang.channels.actions import posting
from huhang.channels.adapters import web_post
from huhang.channels.adapters.web_post import Unreachable
from huhang.channels.models import Attempt, Delivery, Webhook
from huhang.channels.rules.webhooks import State
from huhang.kit import ticking
from tests.cast import NOON, Cast
from tests.factories import channels as factory

pytestmark = pytest.mark.django_db
FOR_THE_SLOW, FOR_THE_WELL = 64, 100
# Only what goes wrong waits so long.
PATIENCE = 60


class Somebody:
    """Other people's servers: those who hang answer only after the others have heard everything."""

    def __init__(self, hanging: set[str], wanted: int) -> None:
        self.hanging, self.wanted = hanging, wanted
        self.all_heard, self.lock = Event(), Lock()
        self.got: dict[str, set[str]] = defaultdict(set)
        self.at_once: Counter[str] = Counter()
        self.most_at_once: Counter[str] = Counter()
        self.let_go_too_soon = 0

    def post(self, url: str, body: bytes, headers: dict[str, str], *, allowed: object) -> SimpleNamespace:
        with self.lock:
            self.at_once[url] += 1
            self.most_at_once[url] = max(self.most_at_once[url], self.at_once[url])
        if url in self.hanging:
            self.let_go_too_soon += not self.all_heard.wait(PATIENCE)
        with self.lock:
            self.at_once[url] -= 1
            self.got[url].add(headers["webhook-id"])
            if sum(len(ids) for to, ids in self.got.items() if to not in self.hanging) == self.wanted:
                self.all_heard.set()
        if url in self.hanging:
            raise Unreachable("timeout")
        return SimpleNamespace(status=204, words="")


def waiting(cast: Cast, name: str, number: int, *, hangs: bool = False) -> Webhook:
    hook = factory.webhook(cast.unit("JS"), at=NOON, name=name, url=f"https://{name}.example.com/")
    for n in range(number):
        message = factory.webhook_message(at=NOON, id=f"msg_{name}-{n}")
        factory.delivery(hook, message, at=NOON)
    return hook


def test_a_hundred_for_who_is_well_pass_who_hangs(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """They stand behind 64 messages for an address that takes none, and all arrive before it gives one up."""
    slow = waiting(cast, "slow", FOR_THE_SLOW)
    well = waiting(cast, "well", FOR_THE_WELL)
    others = Somebody({slow.url}, FOR_THE_WELL)
    monkeypatch.setattr(web_post, "post", others.post)
    posting.post_due(now=NOON)
    assert (len(others.got[well.url]), others.let_go_too_soon) == (FOR_THE_WELL, 0)
    assert len(others.got[slow.url]) == FOR_THE_SLOW
    assert max(others.most_at_once.values()) <= posting.OF_EACH


def test_many_that_hang_leave_half_of_the_crew(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = [waiting(cast, f"slow{n}", 4) for n in range(8)]
    Webhook.objects.update(failing_since=NOON)
    well = waiting(cast, "well", FOR_THE_WELL)
    others = Somebody({hook.url for hook in slow}, FOR_THE_WELL)
    monkeypatch.setattr(web_post, "post", others.post)
    posting.post_due(now=NOON)
    assert (len(others.got[well.url]), others.let_go_too_soon) == (FOR_THE_WELL, 0)
    assert sum(len(others.got[hook.url]) for hook in slow) == 32


def test_each_message_is_tried_once_in_a_round(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting(cast, "well", 20)
    others = Somebody(set(), 20)
    monkeypatch.setattr(web_post, "post", others.post)
    posting.post_due(now=NOON)
    delivered = Delivery.objects.filter(attempts=1, state=State.DELIVERED)
    assert (Attempt.objects.count(), delivered.count()) == (20, 20)


def test_a_worker_that_is_to_end_takes_no_more(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting(cast, "well", 3)
    told = Event()
    told.set()
    monkeypatch.setattr(ticking, "_stops", [told])
    assert posting.post_due(now=NOON) == 0
