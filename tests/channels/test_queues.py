"""Queues and entrances of a carrier's own making."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from huhang.channels.actions import entrances
from huhang.channels.models import Entrance, ServiceQueue
from huhang.kit.models import AuditEntry
from tests.cast import Cast
from tests.factories import channels as factory

pytestmark = pytest.mark.django_db
FACTS = {
    "name": "夜间客服", "skill": "night", "rank": 3, "points": 2, "answer_within": 30, "formula": "f1",
    "promise_minutes": 45, "is_active": "true",
}  # fmt: skip


@pytest.fixture
def keeper(cast: Cast, client: Client) -> Client:
    client.force_login(cast.hua)
    return client


def page(name: str, *args: object) -> str:
    return reverse(f"channels:{name}", args=args)


class TestQueues:
    def test_are_added_once_and_changed_on_the_record(self, cast: Cast, keeper: Client) -> None:
        new = FACTS | {"key": "night", "unit": cast.unit("HQ").pk}
        assert keeper.get(page("queue_add")).status_code == 200
        assert keeper.post(page("queue_add"), new)["HX-Redirect"] == page("queues")
        assert "已经有这个标识" in keeper.post(page("queue_add"), new).content.decode()
        keeper.post(page("queue", "night"), FACTS | {"promise_minutes": 90, "at_once": 2})
        queue = ServiceQueue.objects.get(key="night")
        assert (queue.promise_minutes, queue.formula, queue.skill, queue.at_once) == (90, "f1", "night", 2)
        [entry] = AuditEntry.objects.filter(verb="queue.change")
        assert entry.before == {"promise_minutes": 45, "at_once": 0}
        assert entry.after == {"promise_minutes": 90, "at_once": 2}

    def test_a_queue_that_customers_come_to_is_not_closed(self, cast: Cast, keeper: Client) -> None:
        entrance = factory.entrance(cast.unit("HQ"))
        closed = {name: value for name, value in FACTS.items() if name != "is_active"}
        answer = keeper.post(page("queue", entrance.queue.key), closed)
        assert answer.status_code == 422 and "启用的入口" in answer.content.decode()
        Entrance.objects.update(is_active=False)
        assert keeper.post(page("queue", entrance.queue.key), closed).status_code == 204
        assert not ServiceQueue.objects.get().is_active

    @pytest.mark.parametrize(
        "wrong", [{"rank": 0}, {"formula": "f9"}, {"promise_minutes": "soon"}, {"key": "N 1"}]
    )
    def test_what_makes_no_sense_is_refused(self, cast: Cast, keeper: Client, wrong: dict[str, Any]) -> None:
        new = FACTS | {"key": "night", "unit": cast.unit("HQ").pk}
        assert keeper.post(page("queue_add"), new | wrong).status_code == 422
        assert not ServiceQueue.objects.exists()

    def test_the_list_asks_the_same_however_long(
        self, cast: Cast, keeper: Client, django_assert_max_num_queries: Any
    ) -> None:
        for _ in range(20):
            factory.entrance(cast.unit("HQ"))
        with django_assert_max_num_queries(6):
            keeper.get(page("queues"))


class TestEntrances:
    def test_one_of_our_own_has_its_account_and_a_vendors_waits_for_one(
        self, cast: Cast, keeper: Client
    ) -> None:
        queue = factory.queue(cast.unit("HQ"))
        new = {"name": "门店页", "unit": cast.unit("HQ").pk, "queue": queue.pk}
        assert keeper.get(page("entrance_add")).status_code == 200
        told = keeper.post(page("entrance_add"), new | {"kind": "h5", "key": "shop"})
        assert told["HX-Redirect"] == page("entrance", "shop")
        keeper.post(page("entrance_add"), new | {"kind": "wechat", "key": "wx-shop"})
        shop, vendor = Entrance.objects.order_by("key")
        assert (shop.account is not None, vendor.account, shop.is_active) == (True, None, False)
        assert keeper.get(page("entrance", "shop")).status_code == 200
        assert keeper.post(page("entrance_add"), new | {"kind": "h5", "key": "shop"}).status_code == 422
        assert keeper.post(page("entrance_add"), new | {"kind": "h5", "key": "ready"}).status_code == 422


def test_who_may_only_look_changes_nothing(cast: Cast, client: Client) -> None:
    entrances.load_pack()
    client.force_login(cast.lin)
    for path in (page("queue_add"), page("entrance_add"), page("queue", "chat")):
        assert client.get(path).status_code == 403
        assert client.post(path, FACTS).status_code == 403


def test_another_provinces_queue_is_not_there(cast: Cast, client: Client) -> None:
    factory.queue(cast.unit("ZJ"), key="of-zj")
    client.force_login(cast.gao)
    assert client.post(page("queue", "of-zj"), FACTS).status_code in (403, 404)
