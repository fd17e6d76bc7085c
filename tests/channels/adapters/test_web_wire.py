"""The true wire: whatever was said is returned, whoever is away is called so, and no secret is written anywhere."""

import logging
import socket
from collections.abc import Iterator
from threading import Event

import pytest

from huhang.channels.adapters.web_wire import WebWire
from huhang.channels.rules.wire import Ask, NotReached, WireAway
from tests.channels.fakes.vendor_server import Answer, Request, VendorServer


@pytest.fixture
def house() -> Iterator[VendorServer]:
    with VendorServer() as house:
        yield house


@pytest.fixture(scope="module")
def wire() -> Iterator[WebWire]:
    wire = WebWire(largest=1000)
    yield wire
    wire.close()


class TestAsking:
    def test_says_what_was_asked_and_returns_what_was_said(self, house: VendorServer, wire: WebWire) -> None:
        house.doors["POST", "/a"] = lambda request: Answer(request.body[::-1], 201, {"X-Word": "hm"})
        said = wire(Ask("POST", f"{house.url}/a?b=c", {"x-our": "1"}, "字".encode()))
        assert (said.status, said.body, said.headers["x-word"]) == (201, "字".encode()[::-1], "hm")
        assert (house.asked[0].query, house.asked[0].headers["x-our"]) == ({"b": "c"}, "1")

    @pytest.mark.parametrize("status", [404, 500, 503])
    def test_an_error_is_an_answer(self, house: VendorServer, wire: WebWire, status: int) -> None:
        house.doors["GET", "/"] = lambda _: Answer(b"no", status)
        assert wire(Ask("GET", f"{house.url}/")).status == status

    def test_a_redirect_is_not_followed(self, house: VendorServer, wire: WebWire) -> None:
        house.doors["GET", "/"] = lambda _: Answer(status=302, headers={"Location": f"{house.url}/b"})
        assert wire(Ask("GET", f"{house.url}/")).status == 302
        assert len(house.asked) == 1


class TestAway:
    def test_nobody_there_means_that_nothing_arrived(self, wire: WebWire) -> None:
        with socket.create_server(("127.0.0.1", 0)) as gone:
            port = gone.getsockname()[1]
        with pytest.raises(NotReached):
            wire(Ask("GET", f"http://127.0.0.1:{port}/"))

    @pytest.mark.parametrize(
        "url", ["", "http://", "no-scheme", "http://[half", "http://a b/", "http://x:99999/"]
    )
    def test_what_is_no_address_is_reached_by_nobody(self, wire: WebWire, url: str) -> None:
        with pytest.raises(WireAway):
            wire(Ask("GET", url))

    def test_a_line_that_breaks_leaves_open_what_arrived(self, house: VendorServer, wire: WebWire) -> None:
        house.doors["POST", "/"] = lambda _: Answer(b"taken")
        house.hang_up_after_next = True
        with pytest.raises(WireAway) as away:
            wire(Ask("POST", f"{house.url}/", body=b"x"))
        assert not isinstance(away.value, NotReached)
        assert len(house.asked) == 1

    def test_who_is_silent_is_not_waited_for(self, house: VendorServer) -> None:
        spoken_to, asked = Event(), WebWire(timeout=0.2)

        def silent(_: Request) -> Answer:
            spoken_to.wait()
            return Answer()

        house.doors["GET", "/"] = silent
        try:
            with pytest.raises(WireAway):
                asked(Ask("GET", f"{house.url}/"))
        finally:
            spoken_to.set()

    def test_who_never_stops_talking_is_cut_off(self, house: VendorServer, wire: WebWire) -> None:
        house.doors["GET", "/"] = lambda _: Answer(b"x" * 1001)
        with pytest.raises(WireAway, match="more than 1000 bytes"):
            wire(Ask("GET", f"{house.url}/"))


def test_no_secret_is_written(
    house: VendorServer, wire: WebWire, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    house.doors["GET", "/"] = lambda _: Answer(b"ok")
    ask = Ask("GET", f"{house.url}/?access_token=s3cret", {"authorization": "s3cret"}, b"s3cret")
    wire(ask)
    house.hang_up_after_next = True
    with pytest.raises(WireAway) as away:
        wire(ask)
    written = f"{caplog.text}{capfd.readouterr()}{away.value}{away.value.__cause__}{ask}"
    assert "s3cret" not in written
