"""Aliyun and Tencent over real HTTP: what is sent, what is not sent twice, what their errors and callbacks mean."""

import json
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huhang.channels.adapters.aliyun_sms import AliyunSms
from huhang.channels.adapters.aliyun_sms.refusals import refusal as aliyun_refusal
from huhang.channels.adapters.tencent_sms import TencentSms
from huhang.channels.adapters.tencent_sms.refusals import refusal as tencent_refusal
from huhang.channels.adapters.web_wire import WebWire
from huhang.channels.rules.gateway import GatewayAway, GatewayRefused, Letter, NotTaken, WindowClosed
from huhang.channels.rules.outgoing import Medium, State
from huhang.channels.rules.sms import our_id
from huhang.channels.rules.wire import Callback, Forged, Said, Unreadable
from tests.channels.fakes.shelf import MemoryShelf
from tests.channels.fakes.sms_servers import KEY_ID, SECRET, serving

NOW = datetime.now(UTC)
AT = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
LETTER = Letter("reminder:12:1:0", Medium.SMS, "19900001234", "【护航】您有 12 票需尽快处理", NOW)


@pytest.fixture(params=["aliyun", "tencent"])
def vendor(request):
    """The server and an adapter that talks to it."""
    with serving(request.param) as server:
        yield server, _adapter(server)


def _adapter(server, **changed):
    common = {"name": "sms-1", "sign_name": "护航", "template": "1110", "endpoint": server.url}
    wire = WebWire(timeout=5)
    if server.vendor == "aliyun":
        keys = {"access_key_id": KEY_ID, "access_key_secret": SECRET}
        return AliyunSms({**common, **keys, **changed}, wire, MemoryShelf())
    keys = {"secret_id": KEY_ID, "secret_key": SECRET, "app_id": "1400006666"}
    return TencentSms({**common, **keys, **changed}, wire, MemoryShelf())


class TestSending:
    def test_a_letter_arrives_under_our_number(self, vendor):
        server, adapter = vendor
        number = adapter.send(LETTER, again=False)
        [sent] = server.sent
        if server.vendor == "aliyun":
            assert number == sent["OutId"] == our_id(LETTER.key)
            assert sent["PhoneNumbers"] == "19900001234"
            assert json.loads(sent["TemplateParam"]) == {"content": "您有 12 票需尽快处理"}
        else:
            assert number == sent["SerialNo"]
            assert sent["SessionContext"] == our_id(LETTER.key)
            assert sent["PhoneNumberSet"] == ["+8619900001234"]
            assert sent["TemplateParamSet"] == ["您有 12 票需尽快处理"]
        assert sent["SignName"] == "护航"

    def test_a_template_of_its_own_and_a_door(self, vendor):
        server, adapter = vendor
        extra = {"template": "SMS_1", "params": '{"no": "SF1", "day": "今天"}'}
        adapter.send(Letter("k", Medium.SMS, "19900001234", "", NOW, door="77", extra=extra), again=False)
        [sent] = server.sent
        if server.vendor == "aliyun":
            assert (sent["TemplateCode"], sent["SmsUpExtendCode"]) == ("SMS_1", "77")
            assert json.loads(sent["TemplateParam"]) == {"no": "SF1", "day": "今天"}
        else:
            assert (sent["TemplateId"], sent["ExtendCode"]) == ("SMS_1", "77")
            assert sent["TemplateParamSet"] == ["SF1", "今天"]

    def test_without_a_template_it_is_refused(self, vendor):
        server, _ = vendor
        with pytest.raises(GatewayRefused, match="模板"):
            _adapter(server, template="").send(LETTER, again=False)
        assert server.asked == []

    def test_a_wrong_key_waits_for_people(self, vendor):
        server, _ = vendor
        wrong = {"access_key_secret": "x", "secret_key": "x"}
        with pytest.raises(NotTaken, match="Signature"):
            _adapter(server, **wrong).send(LETTER, again=False)

    def test_nobody_there_is_surely_not_taken(self, vendor):
        server, _ = vendor
        with pytest.raises(NotTaken):
            _adapter(server, endpoint="http://127.0.0.1:1").send(LETTER, again=False)


NONSENSE = [
    b"",
    b"[]",
    b"{}",
    b"<html>",
    b'{"Response": 1}',
    b'{"Response": {"SendStatusSet": 1}}',
    b'{"Code": 1}',
]


@pytest.mark.parametrize("vendor", [AliyunSms, TencentSms])
@pytest.mark.parametrize("body", NONSENSE, ids=[body.decode() or "nothing" for body in NONSENSE])
@pytest.mark.parametrize("again", [False, True])
def test_an_answer_that_makes_no_sense_is_an_absence(vendor, body, again):
    adapter = vendor({"template": "1"}, lambda ask: Said(200, {}, body), MemoryShelf())
    with pytest.raises((GatewayAway, GatewayRefused)):
        adapter.send(LETTER, again=again)


class TestNeverTwice:
    def test_an_answer_that_was_lost_is_not_sent_again(self, vendor):
        server, adapter = vendor
        server.orders = ["drop_after"]
        with pytest.raises(GatewayAway) as away:
            adapter.send(LETTER, again=False)
        assert not isinstance(away.value, NotTaken)
        if server.vendor == "tencent":  # it can be asked for only once its receipt is there
            with pytest.raises(GatewayRefused, match="不明"):
                adapter.send(LETTER, again=True)
            server.sent[0]["reported"] = True
        assert adapter.send(LETTER, again=True) == (
            our_id(LETTER.key) if server.vendor == "aliyun" else server.sent[0]["SerialNo"]
        )
        assert len(server.sent) == 1

    def test_a_request_that_did_not_arrive_is_sent_by_who_can_know(self, vendor):
        server, adapter = vendor
        server.orders = ["drop"]
        with pytest.raises(GatewayAway):
            adapter.send(LETTER, again=False)
        if server.vendor == "aliyun":
            adapter.send(LETTER, again=True)
            assert len(server.sent) == 1
        else:
            with pytest.raises(GatewayRefused):
                adapter.send(LETTER, again=True)
            assert server.sent == []

    def test_a_question_that_fails_leaves_it_as_unknown_as_before(self, vendor):
        server, adapter = vendor
        server.orders = ["Throttling" if server.vendor == "aliyun" else "!RequestLimitExceeded"]
        with pytest.raises(GatewayAway) as away:
            adapter.send(LETTER, again=True)
        assert not isinstance(away.value, NotTaken)
        assert server.sent == []

    def test_a_letter_behind_many_others_is_found(self):
        with serving("aliyun") as server:
            adapter = _adapter(server)
            for number in range(120):
                server.sent.append({"PhoneNumbers": LETTER.number, "OutId": f"other-{number}"})
            server.sent.append({"PhoneNumbers": LETTER.number, "OutId": our_id(LETTER.key)})
            assert adapter.send(LETTER, again=True) == our_id(LETTER.key)
            assert server.asked == ["QuerySendDetails"] * 3

    def test_a_letter_of_last_night_is_looked_for_on_both_days(self):
        with serving("aliyun") as server:
            adapter = AliyunSms(_adapter(server)._settings, WebWire(), MemoryShelf(), now=lambda: AT)
            late = Letter("k", Medium.SMS, "19900001234", "x", AT - timedelta(days=1))
            adapter.send(late, again=True)
            assert server.asked == ["QuerySendDetails", "QuerySendDetails", "SendSms"]


# What a code means, and why.
CODES = [
    (aliyun_refusal, "isv.BUSINESS_LIMIT_CONTROL", "触发分钟级流控Permits:1", NotTaken, "over in a minute"),
    (aliyun_refusal, "isv.BUSINESS_LIMIT_CONTROL", "触发天级流控Permits:10", WindowClosed, "not today"),
    (aliyun_refusal, "isv.DAY_LIMIT_CONTROL", "", WindowClosed, "not today"),
    (aliyun_refusal, "isv.MOBILE_NUMBER_ILLEGAL", "", GatewayRefused, "the number is wrong"),
    (aliyun_refusal, "isv.SMS_TEMPLATE_ILLEGAL", "", GatewayRefused, "the template is wrong"),
    (aliyun_refusal, "isv.AMOUNT_NOT_ENOUGH", "", NotTaken, "somebody pays the bill"),
    (aliyun_refusal, "Throttling.User", "", NotTaken, "too many at once"),
    (aliyun_refusal, "isp.SYSTEM_ERROR", "", GatewayAway, "they do not know themselves"),
    (tencent_refusal, "LimitExceeded.PhoneNumberThirtySecondLimit", "", NotTaken, "over in 30 s"),
    (tencent_refusal, "LimitExceeded.PhoneNumberDailyLimit", "", WindowClosed, "not today"),
    (tencent_refusal, "RequestLimitExceeded.UinLimitExceeded", "", NotTaken, "too many at once"),
    (tencent_refusal, "FailedOperation.PhoneNumberInBlacklist", "", GatewayRefused, "does not want any"),
    (tencent_refusal, "FailedOperation.InsufficientBalanceInSmsPackage", "", NotTaken, "somebody pays"),
    (tencent_refusal, "InvalidParameterValue.IncorrectPhoneNumber", "", GatewayRefused, "number is wrong"),
    (tencent_refusal, "AuthFailure.SignatureExpire", "", NotTaken, "our clock is wrong"),
    (tencent_refusal, "InternalError.Timeout", "", GatewayAway, "they do not know themselves"),
]


@pytest.mark.parametrize(("sort", "code", "message", "error", "why"), CODES, ids=[row[1] for row in CODES])
def test_errors_are_sorted(sort, code, message, error, why):
    assert type(sort(code, message)) is error, why


ALIYUN_REPORT = """[{"phone_number": "13811110000", "send_time": "2017-01-01 00:00:00",
 "report_time": "2017-01-01 00:00:05", "success": true, "err_code": "DELIVERED", "err_msg": "用户接收成功",
 "sms_size": "1", "biz_id": "12345", "out_id": "67890"}]"""
ALIYUN_UPLINK = """[{"phone_number": "13811110000", "content": "内容", "send_time": "2017-09-01 00:00:00",
 "dest_code": "1234", "sequence_id": 1234567890}]"""
TENCENT_REPORT = """[{"user_receive_time": "2015-10-17 08:03:04", "nationcode": "86", "mobile": "13811110000",
 "report_status": "FAIL", "errmsg": "MK:0001", "description": "空号", "sid": "5000:1"}]"""
TENCENT_UPLINK = """{"extend": "77", "mobile": "13811110000", "nationcode": "86", "sign": "短信签名",
 "text": "用户回复的内容", "time": 1457336869}"""
NAMES = sorted(set(re.findall(r'"(\w+)":', ALIYUN_REPORT + ALIYUN_UPLINK + TENCENT_REPORT + TENCENT_UPLINK)))
OURS = {"callback_secret": "known to them alone"}
ALIYUN = AliyunSms(OURS, WebWire(), MemoryShelf())
TENCENT = TencentSms(OURS, WebWire(), MemoryShelf())


def _read(adapter, body):
    content = body.encode() if isinstance(body, str) else body
    return adapter.read(Callback("POST", {"s": OURS["callback_secret"]}, {}, content, AT))


class TestThePublishedCallback:
    def test_of_an_aliyun_receipt(self):
        reading = _read(ALIYUN, ALIYUN_REPORT)
        [report] = reading.reports
        assert (report.state, report.external_id, report.reason) == (State.DELIVERED, "67890", "")
        assert report.at == datetime(2016, 12, 31, 16, 0, 5, tzinfo=UTC)
        assert json.loads(reading.reply)["code"] == 0

    def test_of_an_aliyun_reply(self):
        [said] = _read(ALIYUN, ALIYUN_UPLINK).incoming
        assert (said.external_id, said.address, said.text) == ("mo:1234567890", "13811110000", "内容")
        assert said.door == "1234"

    def test_of_a_tencent_receipt(self):
        reading = _read(TENCENT, TENCENT_REPORT)
        [report] = reading.reports
        assert (report.state, report.external_id) == (State.FAILED, "5000:1")
        assert report.reason == "MK:0001 空号"
        assert json.loads(reading.reply) == {"result": 0, "errmsg": "OK"}

    def test_of_a_tencent_reply(self):
        [said] = _read(TENCENT, TENCENT_UPLINK).incoming
        assert (said.address, said.text, said.door) == ("13811110000", "用户回复的内容", "77")
        assert said.at == datetime.fromtimestamp(1457336869, UTC)

    def test_repeated_is_the_same_fact(self):
        assert _read(TENCENT, TENCENT_UPLINK) == _read(TENCENT, TENCENT_UPLINK)
        other = TENCENT_UPLINK.replace("1457336869", "1457336870")
        assert _read(TENCENT, TENCENT_UPLINK).incoming[0].external_id != (
            _read(TENCENT, other).incoming[0].external_id
        )


# As published for `PullSmsReplyStatus`, version 2021-01-11.
TENCENT_PULLED = {
    "CountryCode": "86", "ReplyContent": "用户回复的内容", "SubscriberNumber": "13811110000", "ExtendCode": "77",
    "ReplyTime": 1457336869, "PhoneNumber": "+8613811110000", "SignName": "短信签名",
}  # fmt: skip


class TestPulledReplies:
    def test_are_the_same_facts_as_by_callback(self):
        with serving("tencent") as server:
            server.replies = [TENCENT_PULLED]
            page = _adapter(server).pull("", "", "")
        assert (page.incoming, page.has_more) == (_read(TENCENT, TENCENT_UPLINK).incoming, False)

    def test_come_a_hundred_at_once(self):
        with serving("tencent") as server:
            server.replies = [TENCENT_PULLED | {"ReplyTime": n} for n in range(1_700_000_000, 1_700_000_103)]
            pages = [_adapter(server).pull("", "", "") for _ in range(2)]
        assert [(len(page.incoming), page.has_more) for page in pages] == [(100, True), (3, False)]

    @pytest.mark.parametrize(
        "code", ["UnauthorizedOperation.RequestPermissionDeny", "InvalidParameterValue.X"]
    )
    def test_that_were_not_arranged_are_an_absence(self, code):
        with serving("tencent") as server:
            server.orders = [f"!{code}"]
            with pytest.raises(GatewayAway, match=code):
                _adapter(server).pull("", "", "")

    @pytest.mark.parametrize("rows", [1, "x", [1], [{}], [{"ReplyTime": None}]], ids=str)
    def test_that_make_no_sense_are_an_absence(self, rows):
        body = json.dumps({"Response": {"PullSmsReplyStatusSet": rows}}).encode()
        with pytest.raises(GatewayAway):
            TencentSms({}, lambda ask: Said(200, {}, body), MemoryShelf()).pull("", "", "")


class TestHostileCallbacks:
    @pytest.mark.parametrize("vendor", [AliyunSms, TencentSms])
    @pytest.mark.parametrize("query", [{}, {"s": ""}, {"s": "guessed"}, {"s": "\udc00"}], ids=str)
    def test_without_the_secret_nothing_is_believed(self, vendor, query):
        for settings in (OURS, {}):
            with pytest.raises(Forged):
                vendor(settings, WebWire(), MemoryShelf()).read(
                    Callback("POST", query, {}, ALIYUN_UPLINK.encode(), AT)
                )

    @pytest.mark.parametrize("adapter", [ALIYUN, TENCENT], ids=["aliyun", "tencent"])
    @given(body=st.binary(max_size=200))
    def test_any_bytes_are_read_or_unreadable(self, adapter, body):
        with suppress(Unreadable):
            _read(adapter, body)

    @pytest.mark.parametrize("adapter", [ALIYUN, TENCENT], ids=["aliyun", "tencent"])
    @given(
        row=st.dictionaries(
            st.sampled_from(NAMES),
            st.recursive(
                st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists, max_leaves=3
            ),
        )
    )
    def test_any_values_are_read_or_unreadable(self, adapter, row):
        try:
            reading = _read(adapter, json.dumps([row]))
        except Unreadable:
            return
        for said in reading.incoming:
            assert "\x00" not in said.text
            f"{said.text}{said.address}{said.door}{said.external_id}".encode()
        for report in reading.reports:
            assert report.external_id or report.key

    def test_a_bad_row_costs_only_itself(self):
        rows = [*json.loads(ALIYUN_UPLINK), {"phone_number": "1"}]
        assert len(_read(ALIYUN, json.dumps(rows)).incoming) == 1

    def test_deep_nesting_is_unreadable(self):
        with pytest.raises(Unreadable):
            _read(ALIYUN, "[" * 100_000)
