"""`huhang codes map` is a filter of JSON lines."""

import io
import json

from huhang.journey.feeds.translating import command


def mapped(*lines, carrier=""):
    target = io.StringIO()
    source = io.StringIO("\n".join(lines))
    status = command(["map", "--carrier", carrier], source, target)
    return status, [json.loads(line) for line in target.getvalue().splitlines()]


def test_code_and_reason_are_added():
    line = '{"text": "派送不成功，客户拒收", "time": "2026-03-05 10:00:00", "mine": 7}'
    status, [answer] = mapped(line)
    assert status == 0
    assert answer == json.loads(line) | {"code": "DELIVERY_FAILED", "reason": "REFUSED"}


def test_a_carriers_own_words_are_known_by_its_name():
    _, [answer] = mapped('{"text": "SIGNFAIL"}', carrier="yunda")
    assert answer["code"] == "DELIVERY_FAILED"


def test_a_broken_line_is_named_and_the_rest_goes_on():
    status, answers = mapped('{"text": "已签收"}', "{broken", "[]", "", '{"text": "Delivered"}')
    assert status == 1
    assert [answer.get("code") or answer["line"] for answer in answers] == ["SIGNED", 2, 3, "SIGNED"]
