"""What a vendor keeps for us is fetched after the word it came with: made anew, refused by name, or said to be gone."""

from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image

from huhang.channels.actions import fetching
from huhang.channels.models import MediaFetch, Message
from huhang.channels.rules.fetching import KEPT_FOR
from huhang.channels.rules.gateway import GatewayAway, GatewayRefused
from huhang.channels.rules.matter import Media, Sort
from huhang.kit import file_store
from tests.cast import Cast
from tests.channels.vendors import Scripted, at, wechat, writes

pytestmark = pytest.mark.django_db


def picture() -> bytes:
    with BytesIO() as file:
        Image.new("RGB", (8, 8), "red").save(file, "JPEG")
        return file.getvalue() + b"hidden words"


@pytest.fixture
def message(cast: Cast) -> Message:
    return writes(wechat(cast), 1, sort=Sort.IMAGE, media=(Media(ref="media-1"),))


def test_a_picture_comes_and_is_made_anew(message: Message) -> None:
    vendor = Scripted(file=lambda ref: Media("a.jpg", "text/html", picture(), ref))
    assert fetching.fetch_due(now=at(1), by=vendor) == 1
    assert fetching.fetch_due(now=at(9999), by=vendor) == 0
    message.refresh_from_db()
    [kept] = message.files
    assert (kept["type"], kept["ref"]) == ("image/jpeg", "media-1")
    assert b"hidden" not in file_store.read(kept["file"])


def test_what_we_do_not_take_is_said(message: Message) -> None:
    vendor = Scripted(file=lambda ref: Media("a.exe", "image/jpeg", b"MZ" + b"\0" * 99, ref))
    fetching.fetch_due(now=at(1), by=vendor)
    message.refresh_from_db()
    assert (message.files[0]["file"], message.files[0]["trouble"]) == ("", fetching.NOT_TAKEN)


def away(ref: str) -> Media:
    raise GatewayAway("no route")


def thrown_away(ref: str) -> Media:
    raise GatewayRefused("40007 invalid media_id")


def test_is_asked_for_later_and_later_until_it_is_gone(message: Message) -> None:
    now, tries = at(1), 0
    while (row := MediaFetch.objects.get()).next_at:
        now, tries = max(row.next_at, now), tries + 1
        assert fetching.fetch_due(now=now, by=Scripted(file=away)) == 0
    message.refresh_from_db()
    assert message.files[0]["trouble"] == fetching.GONE
    assert timedelta() < KEPT_FOR - (now - at(0)) <= timedelta(hours=1)
    assert 60 < tries < 100


def test_what_the_vendor_threw_away_is_said_at_once(message: Message) -> None:
    fetching.fetch_due(now=at(1), by=Scripted(file=thrown_away))
    message.refresh_from_db()
    assert message.files[0]["trouble"] == fetching.GONE
    assert MediaFetch.objects.get().trouble == "40007 invalid media_id"


def test_a_worker_that_died_with_it_costs_the_lease(message: Message) -> None:
    fetching._claim(at(1), set())  # … and dies
    vendor = Scripted(file=lambda ref: Media("a.jpg", "image/jpeg", picture(), ref))
    assert fetching.fetch_due(now=at(2), by=vendor) == 0
    assert fetching.fetch_due(now=at(2) + fetching.LEASE, by=vendor) == 1


def test_who_comes_second_changes_nothing(message: Message) -> None:
    row = fetching._claim(at(1), set())
    assert row is not None
    vendor = Scripted(file=lambda ref: Media("a.jpg", "image/jpeg", picture(), ref))
    fetching.fetch_due(now=at(2) + fetching.LEASE, by=vendor)
    message.refresh_from_db()
    first = message.files
    fetching._fetch(row, vendor, at(999))
    message.refresh_from_db()
    assert message.files == first
