"""Mail as it comes: charsets that are not what they say, HTML, answers, machines, bounces, and any bytes at all."""

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huhang.channels.adapters.mail import quotes
from huhang.channels.adapters.mail.bounces import reason_for
from huhang.channels.adapters.mail.charsets import decoded, words_of
from huhang.channels.adapters.mail.html_text import text_of
from huhang.channels.adapters.mail.names import letter_name, thread_of, thread_token, token_of
from huhang.channels.adapters.mail.parts import LARGEST, safe_type
from huhang.channels.adapters.mail.plan import plan_of
from huhang.channels.adapters.mail.reading import Found, read, unread
from huhang.channels.adapters.mail.writing import mail_of
from huhang.channels.rules.gateway import GatewayRefused, Letter
from huhang.channels.rules.incoming import Incoming
from huhang.channels.rules.matter import Media
from huhang.channels.rules.outgoing import Medium, State
from huhang.channels.rules.wire import Unreadable

AT = datetime(2026, 11, 22, 7, tzinfo=UTC)
OURS = "service@carrier.test"
SETTINGS = {"address": OURS, "shown_name": "客服中心", "password": "p", "plus_addresses": "yes"}
PLAN = plan_of(SETTINGS)
SAID = "我的快件 YT123 三天没有动静，请查一下"


def found(raw: bytes) -> Found:
    return read(raw, at=AT, ours=OURS)


def fact(raw: bytes) -> Incoming:
    told = found(raw).fact
    assert told is not None
    return told


def mail(body: bytes = b"hello", *headers: bytes, kind: bytes = b"text/plain; charset=utf-8") -> bytes:
    own = (b"From: =?gb2312?B?zfXQodP1?= <Wang@Example.com>", b"To: service@carrier.test", b"Message-ID: <1@x>",
           b"Date: Sun, 22 Nov 2026 14:59:00 +0800", b"Content-Type: " + kind)  # fmt: skip
    named = {line.partition(b":")[0].lower() for line in headers}
    kept = [line for line in own if line.partition(b":")[0].lower() not in named]
    return b"\r\n".join([*kept, *headers, b"", body])


def letter(**facts: object) -> Letter:
    given_ = {"key": "talk:1", "medium": Medium.MAIL, "number": "wang@example.com", "text": "已为您催促派送"}
    return Letter(**{**given_, "queued_at": AT, **facts})  # type: ignore[arg-type]


class TestCharsets:
    @pytest.mark.parametrize("declared", ["gb18030", "GBK", "gb2312", "GB_2312-80", "utf-8",
    "us-ascii", "", "iso-8859-1",
                                          "windows-1252", "x-unknown", "zlib", "cp936", '"gb2312"'])  # fmt: skip
    @pytest.mark.parametrize("true", ["gb18030", "utf-8"])
    def test_words_are_read_whatever_is_declared(self, declared: str, true: str) -> None:
        assert decoded(SAID.encode(true), declared) == SAID

    @pytest.mark.parametrize(
        ("words", "charset"),
        [("請幫我查件", "big5"), ("配達状況", "iso-2022-jp"), ("배송 조회", "euc-kr"),
         ("Où est mon colis égaré", "iso-8859-1"),
         ("Wo ist es — größer", "windows-1252"), ("你好", "hz"), ("镕𠮷", "gb18030"), ("你好", "utf-16")],
    )  # fmt: skip
    def test_other_languages_are_read_as_declared(self, words: str, charset: str) -> None:
        assert decoded(words.encode(charset), charset) == words

    def test_a_character_cut_between_encoded_words_is_one(self) -> None:
        data = "投诉快递".encode("gb18030")
        cut = [base64.b64encode(data[:3]).decode(), base64.b64encode(data[3:]).decode()]
        assert words_of(f"=?gb2312?B?{cut[0]}?=\r\n =?GB2312?B?{cut[1]}?= (12305)") == "投诉快递 (12305)"

    @pytest.mark.parametrize(
        "header", ["=?utf-8?Q?=E6=9F=A5_=E4=BB=B6?=", "=?utf-8*zh?B?5p+lIOS7tg==?=", "=?utf-8?b?5p+lIOS7tg?="]
    )
    def test_forms_of_encoded_words(self, header: str) -> None:
        assert words_of(header) == "查 件"

    def test_a_header_of_bare_bytes(self) -> None:
        raw = mail(b"x", b"Subject: " + "12305 转办单".encode("gb18030"))
        assert fact(raw).subject == "12305 转办单"

    @given(st.binary(max_size=300), st.text(max_size=20))
    def test_any_bytes_are_some_words(self, data: bytes, declared: str) -> None:
        assert "\x00" not in decoded(data, declared)

    @given(st.text(max_size=200))
    def test_any_header_is_some_words(self, header: str) -> None:
        words_of(header)
        words_of(f"=?gbk?Q?{header}?= =?gbk?B?{header}?=")


class TestFacts:
    def test_a_mail_in_gb2312_that_is_more(self) -> None:
        told = fact(mail("镕基路的快递，到了吗".encode("gb18030"), kind=b"text/plain; charset=gb2312"))
        assert (told.text, told.address, told.name) == (
            "镕基路的快递，到了吗",
            "wang@example.com",
            "王小愉"[:2] + told.name[2:],
        )
        assert told.at == AT and not told.is_automatic

    def test_an_answer_goes_where_it_is_asked_for(self) -> None:
        assert fact(mail(b"x", b"Reply-To: Li <li@form.test>")).address == "li@form.test"
        assert fact(mail(b"x", b"Reply-To: service@carrier.test")).address == "wang@example.com"

    @pytest.mark.parametrize("sender", [b"From: ", b"From: nobody", b"X: y"])
    def test_a_mail_from_nobody_is_kept(self, sender: bytes) -> None:
        assert fact(b"\r\n".join([sender, b"", b"hello"])).text == "hello"

    def test_html_alone_is_read_as_its_reader_sees_it(self) -> None:
        html = "<head><title>t</title><style>a{}</style></head><script>alert(1)</script><p>第一行<br>第二&nbsp;行</p>"
        assert fact(mail(html.encode(), kind=b"text/html; charset=gb2312")).text == "第一行\n第二 行"

    def test_of_two_ways_the_plain_one_counts(self) -> None:
        body = (b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nplain\r\n--b\r\nContent-Type: text/html\r\n\r\n"
                b"<b>rich</b>\r\n--b--\r\n")  # fmt: skip
        assert fact(mail(body, kind=b"multipart/alternative; boundary=b")).text == "plain"
        assert (
            fact(
                mail(
                    body.replace(b"plain\r\n--b\r\nC", b" \r\n--b\r\nC"),
                    kind=b"multipart/alternative; boundary=b",
                )
            ).text
            == "rich"
        )

    def test_files_keep_their_names(self) -> None:
        name = base64.b64encode("破损照片.jpg".encode("gb18030"))
        body = (b"--b\r\n\r\nsee\r\n--b\r\nContent-Type: image/jpeg; name=\"=?gbk?B?" + name + b"?=\"\r\n"
                b"Content-ID: <p1>\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.b64encode(b"\xff\xd8\xff1") +
                b"\r\n--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment;\r\n filename*=gb18030''"
                b"%B7%A2%C6%B1.pdf\r\n\r\n%PDF\r\n--b\r\nContent-Disposition: attachment; filename=\"..\\\\" +
                "运单.xls".encode("gb18030") + b"\"\r\n\r\nX\r\n--b--\r\n")  # fmt: skip
        told = fact(mail(body, kind=b"multipart/mixed; boundary=b"))
        assert told.text == "see"
        assert [one.name for one in told.media] == ["破损照片.jpg", "发票.pdf", "运单.xls"]
        assert told.media[0] == Media("破损照片.jpg", "image/jpeg", b"\xff\xd8\xff1")

    def test_a_file_beyond_the_limit_is_named(self) -> None:
        body = (b"--b\r\n\r\nsee\r\n--b\r\nContent-Disposition: attachment; filename=film.mp4\r\n\r\n" +
                b"x" * (LARGEST + 1) + b"\r\n--b--\r\n")  # fmt: skip
        told = fact(mail(body, kind=b"multipart/mixed; boundary=b"))
        assert (told.text, told.media, told.extra["left_out"]) == ("see", (), "film.mp4")

    @pytest.mark.parametrize(
        ("declared", "data", "kind"),
        [("image/svg+xml", b"<svg onload=x>", "application/octet-stream"),
         ("text/html", b"<script>", "application/octet-stream"),
         ("image/png", b"<html>", "application/octet-stream"), ("text/html", b"\x89PNG\r\n", "image/png"),
         ("application/pdf", b"%PDF", "application/pdf"), ('a"b/c', b"x", "application/octet-stream")],
    )  # fmt: skip
    def test_what_may_hold_a_script_is_only_a_file(self, declared: str, data: bytes, kind: str) -> None:
        assert safe_type(declared, data) == kind

    def test_long_words_come_along_as_a_file(self) -> None:
        told = fact(mail("长".encode() * 30_000))
        assert len(told.text) == 20_000 and told.media[0].data.decode() == "长" * 30_000


class TestIdentity:
    def test_a_copy_in_another_folder_or_by_another_way_is_the_same(self) -> None:
        again = b"Received: from elsewhere\r\nDelivered-To: other@carrier.test\r\n" + mail()
        assert fact(mail()).external_id == fact(again).external_id

    def test_another_mail_under_the_same_message_id_is_another(self) -> None:
        assert fact(mail(b"one")).external_id != fact(mail(b"two")).external_id

    def test_without_a_message_id_every_byte_counts(self) -> None:
        nameless = mail(b"x", b"Message-ID: ")
        assert fact(nameless).external_id == fact(nameless).external_id
        assert fact(nameless).external_id != fact(b"Received: by a at 10:01\r\n" + nameless).external_id


class TestThreads:
    def test_an_answer_that_names_only_our_letter_finds_the_talk(self) -> None:
        first = fact(mail())
        sent = mail_of(letter(thread=first.thread, subject="查件"), PLAN)
        answer = fact(mail(b"thanks", b"Message-ID: <2@x>", b"In-Reply-To: " + sent["Message-ID"].encode()))
        assert set(answer.thread) & set(first.thread)
        assert sent["In-Reply-To"] == "<1@x>" and sent["Subject"] == "Re: 查件"

    def test_an_answer_without_names_is_found_by_its_address(self) -> None:
        first = fact(mail())
        sent = mail_of(letter(thread=first.thread), PLAN)
        to = sent["Reply-To"].addresses[0].addr_spec
        answer = fact(mail(b"thanks", b"Message-ID: <2@x>", b"To: " + to.upper().encode()))
        assert f"t:{token_of('<1@x>')}" in answer.thread

    def test_a_new_mail_is_a_new_talk(self) -> None:
        assert not set(fact(mail()).thread) & set(fact(mail(b"x", b"Message-ID: <9@x>")).thread)

    def test_names_fit_their_column(self) -> None:
        assert all(
            len(name) <= 250 for name in thread_of("<" + "a" * 800 + ">", ["<" + "b" * 800 + ">"] * 60, [])
        )

    def test_the_mark_stays_that_of_the_first_mail(self) -> None:
        assert thread_token(("t:" + "0" * 16, "<1@x>"), "own") == "0" * 16
        assert thread_token(("hash", "<1@x>"), "own") == token_of("<1@x>")


class TestQuotes:
    @pytest.mark.parametrize(
        "below",
        ["> 旧的\n> 更旧的", "-----原始邮件-----\n旧的", "------------------ 原始邮件 ------------------\n旧的",
         "在 2026年11月22日，客服 <a@b> 写道：\n> 旧的", "On Sun, Nov 22, 2026 at 3:00 PM a <a@b> wrote:\n> 旧的",
         "发件人: 客服 <a@b>\n发送时间: 2026年11月22日\n收件人: 王\n主题: 查件\n\n旧的",
         "From: a\nSent: b\nTo: c\n旧的",
         "---- 回复的原邮件 ----\n旧的"],
    )  # fmt: skip
    def test_what_stands_below_is_told_apart(self, below: str) -> None:
        new, old = quotes.split(f"还没有收到\n\n{below}")
        assert new == "还没有收到" and "旧的" in old

    @pytest.mark.parametrize(
        ("text", "subject"),
        [("> 问一\n答一\n> 问二\n答二", ""), ("-----原始邮件-----\n旧的", ""),
         ("请处理\n-----原始邮件-----\n旧的", "转发: 投诉"),
         ("From: 广州\nTo: 上海，三天没到", ""), ("他在短信里写道：不赔", "")],
    )  # fmt: skip
    def test_what_is_new_stays(self, text: str, subject: str) -> None:
        assert quotes.split(text, subject=subject) == (text, "")

    def test_quotes_of_html_mail(self) -> None:
        told = fact(
            mail('<div>还没收到</div><div class="gmail_quote">旧的</div>'.encode(), kind=b"text/html")
        )
        assert told.text == "还没收到" and "旧的" in told.extra["quoted"]

    @given(
        st.lists(
            st.sampled_from(["> a", "发件人: a", "主题: b", "x", "", "在1写道:", "-----原始邮件-----"]),
            max_size=12,
        )
    )
    def test_nothing_is_lost(self, lines: list[str]) -> None:
        new, old = quotes.split("\n".join(lines))
        kept = (new + "\n" + old).split("\n")
        assert [line.strip() for line in lines if line.strip()] == [
            line.strip() for line in kept if line.strip()
        ]


class TestMachines:
    @pytest.mark.parametrize(
        "header",
        [b"Auto-Submitted: auto-replied", b"Auto-Submitted: auto-generated (vacation)", b"Precedence: bulk",
         b"Precedence: auto_reply",
         b"X-Auto-Response-Suppress: All", b"List-Id: <news.example>", b"Return-Path: <>", b"X-Autoreply: yes"],
    )  # fmt: skip
    def test_are_known_by_their_headers(self, header: bytes) -> None:
        told = fact(mail(b"x", header))
        assert told.is_automatic and told.extra["automatic"]

    @pytest.mark.parametrize(
        "header", [b"Auto-Submitted: no", b"Precedence: first-class", b"Return-Path: <a@b>", b"X: y"]
    )
    def test_people_are_not_machines(self, header: bytes) -> None:
        assert not fact(mail(b"x", header)).is_automatic

    def test_our_own_mail_is_never_answered(self) -> None:
        assert fact(mail(b"x", b"From: SERVICE@carrier.test")).is_automatic

    def test_our_automatic_words_say_so(self) -> None:
        assert mail_of(letter(), PLAN)["Auto-Submitted"] == "auto-generated"
        assert (
            mail_of(letter(thread=("<1@x>",), extra={"automatic": "1"}), PLAN)["Auto-Submitted"]
            == "auto-replied"
        )
        assert mail_of(letter(thread=("<1@x>",)), PLAN)["Auto-Submitted"] is None
        assert fact(mail_of(letter(), PLAN).as_bytes()).is_automatic


def notice(action: str, status: str = "5.1.1", returned: str | None = None) -> bytes:
    """As RFC 3464 shows it, about a letter of ours."""
    named = returned if returned is not None else mail_of(letter(), PLAN)["Message-ID"]
    return (
        "From: MAILER-DAEMON@cs.utk.test\r\nReturn-Path: <>\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="R"\r\n\r\n'
        "--R\r\n\r\nThe following address had errors\r\n--R\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; cs.utk.test\r\n\r\nOriginal-Recipient: rfc822;louisl@larry.test\r\n"
        f"Final-Recipient: rfc822;louisl@larry.test\r\nAction: {action}\r\nStatus: {status}\r\n"
        "Diagnostic-Code: smtp; 426 connection\r\n  timed out\r\n\r\n"
        f"--R\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: {named}\r\nSubject: x\r\n\r\nhi\r\n--R--\r\n"
    ).encode()


class TestBounces:
    def test_the_published_example(self) -> None:
        told = found(notice("failed", "4.0.0")).report
        assert told is not None
        assert (told.state, told.external_id) == (State.FAILED, letter_name("talk:1", "p"))
        assert told.reason == "邮件未能送达（4.0.0 426 connection timed out）"

    def test_a_late_letter_has_not_failed(self) -> None:
        assert found(notice("delayed", "4.4.7")) == Found()
        assert found(notice("relayed", "2.0.0")) == Found()

    def test_an_arrived_one_is_told(self) -> None:
        told = found(notice("delivered", "2.0.0")).report
        assert told is not None and told.state == State.DELIVERED

    def test_about_letters_of_others_it_is_a_machine_s_mail(self) -> None:
        told = found(notice("failed", returned="<other@x>"))
        assert told.report is None and told.fact is not None and told.fact.is_automatic

    def test_an_absence_notice_that_names_our_letter_is_no_bounce(self) -> None:
        named = mail_of(letter(), PLAN)["Message-ID"].encode()
        told = found(
            mail(
                "我在休假".encode(),
                b"In-Reply-To: " + named,
                b"Auto-Submitted: auto-replied",
                b"Return-Path: <>",
            )
        )
        assert told.report is None and told.fact is not None and told.fact.is_automatic

    def test_servers_without_a_standard(self) -> None:
        named = mail_of(letter(), PLAN)["Message-ID"].encode()
        raw = mail("退信：地址不存在\r\n\r\nMessage-ID: ".encode() + named, b"From: postmaster@163.test")
        told = found(raw).report
        assert told is not None and told.state == State.FAILED

    @pytest.mark.parametrize(
        ("status", "meaning"),
        [
            ("5.1.1", "收件地址不存在"),
            ("5.2.2", "收件邮箱已满"),
            ("5.7.26", "对方服务器拒收"),
            ("5.9.9", "邮件未能送达"),
        ],
    )
    def test_codes_are_said_in_words(self, status: str, meaning: str) -> None:
        assert reason_for(status, "x" * 500).startswith(f"{meaning}（{status}")
        assert len(reason_for(status, "x" * 500)) <= 200


class TestLetters:
    def test_a_second_attempt_is_the_same_mail(self) -> None:
        one = letter(thread=("<1@x>",), media=(Media("运单.pdf", "application/pdf", b"%PDF" * 99),))
        assert mail_of(one, PLAN).as_bytes() == mail_of(one, PLAN).as_bytes()
        assert mail_of(one, PLAN)["Message-ID"] != mail_of(letter(key="talk:2"), PLAN)["Message-ID"]

    def test_what_is_written_is_what_is_read(self) -> None:
        media = (Media("破损.png", "image/png", b"\x89PNG123"), Media("a.txt", "text/plain", b"a"))
        told = fact(
            mail_of(
                letter(text="您好，𠮷林的包裹到了", subject="查\r\nBcc: x@y", media=media, thread=("<1@x>",)),
                PLAN,
            ).as_bytes()
        )
        assert told.text == "您好，𠮷林的包裹到了" and told.subject == "Re: 查 Bcc: x@y"
        assert [one.name for one in told.media] == ["破损.png", "a.txt"] and told.media[
            0
        ].data == b"\x89PNG123"

    @pytest.mark.parametrize("address", ["a@b\r\nRCPT TO:<c@d>", "a", "a@b c@d", "", "<a@b>", "王@例子.中国"])
    def test_no_address_is_refused(self, address: str) -> None:
        with pytest.raises(GatewayRefused):
            mail_of(letter(number=address), PLAN)

    @given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=40))
    def test_any_words_can_be_written(self, text: str, subject: str, name: str) -> None:
        clean = text.encode("utf-8", "replace").decode()
        mail_of(
            letter(
                text=clean,
                subject=subject.encode("utf-8", "replace").decode(),
                media=(Media(name, "a/b", b"x"),),
            ),
            PLAN,
        ).as_bytes()


PIECES = st.sampled_from(
    [b"Content-Type: ", b"multipart/mixed; boundary=b", b"message/rfc822", b"text/html; charset=hex",
     b"\r\n", b"\n", b"--b", b"--b--",
     b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: uuencode", b"From: ", b"=?gbk?B?", b"?=",
     b"<", b">", b"@", b"\xce\xd2",
     b"Content-Disposition: attachment; filename*0*=", b"utf-8''%E4", b"message/delivery-status", b"Message-ID: <",
     b"\x00", b";", b"\"", b",",
     b"<!--", b"<![", b"&#x110000;", b"multipart/report; boundary=b", b"begin 644 x", b"Date: ", b"References: "]
)  # fmt: skip


class TestAnything:
    @given(st.lists(PIECES | st.binary(max_size=8), max_size=40).map(b"".join))
    def test_any_bytes_raise_nothing_but_unreadable(self, raw: bytes) -> None:
        try:
            told = found(raw)
        except Unreadable:
            told = Found(unread(raw, at=AT, door=""))
        if told.fact:
            assert len(told.fact.address) <= 200 and len(told.fact.external_id) <= 200
            assert "\x00" not in repr(told.fact.extra) and all(len(name) <= 250 for name in told.fact.thread)
            repr(told.fact).encode()

    @pytest.mark.parametrize(
        "bomb",
        [
            b"<" * 300_000,
            b"<!--" * 80_000,
            b"<a " * 100_000,
            b"&" * 300_000,
            b"<![" * 100_000,
            b"</" * 150_000,
        ],
    )
    def test_html_made_to_stall_does_not(self, bomb: bytes) -> None:
        text_of(bomb.decode())

    def test_mail_within_mail_within_mail(self) -> None:
        deep = mail()
        for _ in range(300):
            deep = b"Content-Type: message/rfc822\r\n\r\n" + deep
        try:
            found(deep)
        except Unreadable:
            assert unread(deep, at=AT, door="").media
