"""What tests of all vendors use: a wire to the network, and a house that speaks WeChat's protocol."""

from collections.abc import Iterator

import pytest

from huhang.channels.adapters.web_wire import WebWire
from huhang.channels.adapters.wechat import WeChat
from tests.channels.fakes.shelf import MemoryShelf
from tests.channels.fakes.wechat import WeChatServer


@pytest.fixture(scope="session")
def wire() -> Iterator[WebWire]:
    """One for all: making it reads every certificate authority there is."""
    wire = WebWire()
    yield wire
    wire.close()


@pytest.fixture
def shelf() -> MemoryShelf:
    return MemoryShelf()


@pytest.fixture
def wechat_house() -> Iterator[WeChatServer]:
    with WeChatServer() as house:
        yield house


@pytest.fixture
def wechat(wechat_house: WeChatServer, wire: WebWire, shelf: MemoryShelf) -> WeChat:
    return WeChat(wechat_house.settings, wire, shelf)
