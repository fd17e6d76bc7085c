"""A mailbox at a true Dovecot and Postfix: threads, machines, bounces, large files; nothing lost, nothing twice."""

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from pathlib import Path

import pytest
from django.db import OperationalError, connection

from huhang.channels import tasks
from huhang.channels.actions import inbox, mailboxes, outgoing, setups, talking
from huhang.channels.models import Account, Conversation, InboxItem, Outgoing, PullCursor
from huhang.channels.models import Message as Word
from huhang.channels.rules.outgoing import Medium, State
from tests.cast import Cast
from tests.channels.fakes import mail_servers
from tests.channels.fakes.mail_servers import CUSTOMER, NOWHERE, PASSWORD, SERVICE, Servers
from tests.config.processes import wait_until
from tests.factories import channels as factory

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(bool(mail_servers.missing()), reason=mail_servers.missing() or "here"),
]


@pytest.fixture(scope="module")
def running() -> Iterator[Servers]:
    with mail_servers.running() as servers:
        yield servers


@pytest.fixture
def servers(running: Servers) -> Servers:
    for path in (running.folder / "mail").glob("*/[nc][eu][wr]/*"):
        path.unlink()
    return running


@pytest.fixture
def account(cast: Cast, servers: Servers, tmp_path: Path) -> Account:
    made = factory.account(
        cast.unit("HQ-CS"),
        adapter="mail",
        settings=servers.settings(tmp_path),
        secrets={"password": PASSWORD},
    )
    factory.entrance(cast.unit("HQ-CS"), kind="email", account=made)
    return made


def now() -> datetime:
    return datetime.now(UTC)


def pull(account: Account) -> int:
    mailboxes.has_mail(account, now=now())
    return inbox.pull_due(now=now())


def take_in(account: Account) -> None:
    pull(account)
    inbox.process_due(now=now())


def written(number: int, text: str = "我的快件三天没有动静", **headers: str) -> bytes:
    mail = EmailMessage()
    given = {
        "From": f"王先生 <{CUSTOMER}>",
        "To": SERVICE,
        "Subject": "查件",
        "Message-ID": f"<{number}@customer.test>",
        # The server dates what came without a date, so that copies posted in two seconds would be two mails.
        "Date": "Fri, 20 Nov 2026 12:00:00 +0800",
    }
    for name, value in (given | {name.replace("_", "-"): value for name, value in headers.items()}).items():
        mail[name] = value
    mail.set_content(text)
    return mail.as_bytes()


def post(servers: Servers, *mails: bytes) -> None:
    for mail in mails:
        servers.post(mail)
    servers.await_mail(SERVICE, len(mails))


def answered(account: Account, cast: Cast, servers: Servers) -> tuple[Message, Message]:
    """An agent answers the only talk; the promise that went before and the answer, as the customer gets them."""
    [row] = Conversation.objects.filter(address__account=account)
    talking.take(row.no, by=cast.lin, now=now())
    talking.say(row.no, text="已为您催促派送", by=cast.lin, key="k1", now=now())
    assert outgoing.deliver_due(now=now()) == 2
    mails = [message_from_bytes(raw, policy=policy.default) for raw in servers.await_mail(CUSTOMER, 2)]
    [answer] = [mail for mail in mails if "催促" in mail.get_content()]
    [promise] = [mail for mail in mails if mail is not answer]
    return promise, answer


def letter(account: Account, address: str) -> Outgoing:
    row = factory.outgoing(
        account.unit,
        at=now(),
        medium=Medium.MAIL,
        account=account,
        address=address,
        number="",
        text="您的包裹已签收",
    )
    outgoing.deliver_due(now=now())
    row.refresh_from_db()
    return row


class TestThreads:
    def test_question_answer_and_thanks_are_one_talk(
        self, account: Account, cast: Cast, servers: Servers
    ) -> None:
        head = "From: wang@customer.test\r\nMessage-ID: <1@customer.test>\r\n"
        head += "Subject: =?gb2312?B?suk=?=\r\n =?gb2312?B?vP4=?=\r\n"
        kind = "Content-Type: text/plain; charset=gb2312\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        post(servers, (head + kind).encode() + "镕基路的快件，三天没有动静".encode("gb18030"))
        take_in(account)
        [row] = Conversation.objects.all()
        assert (row.subject, Word.objects.get(side="customer").text) == ("查件", "镕基路的快件，三天没有动静")
        promise, got = answered(account, cast, servers)
        assert (got["Subject"], got["In-Reply-To"]) == ("Re: 查件", "<1@customer.test>")
        assert (promise["Auto-Submitted"], got["Auto-Submitted"]) == ("auto-replied", None)
        # One program names only our letter, another one names nothing and writes to the address it was given.
        post(servers, written(2, "收到", In_Reply_To=got["Message-ID"], Subject="Re: 查件"))
        servers.post(written(3, "谢谢", To=got["Reply-To"]), to=got["Reply-To"])
        servers.await_mail(SERVICE, 3)
        take_in(account)
        words = Word.objects.filter(side="customer").order_by("seq").values_list("text", flat=True)
        assert set(words) == {"镕基路的快件，三天没有动静", "收到", "谢谢"}
        assert Conversation.objects.count() == 1

    def test_another_question_is_another_talk(self, account: Account, servers: Servers) -> None:
        post(servers, written(1), written(2, "发票怎么开", Subject="发票"))
        take_in(account)
        assert set(Conversation.objects.values_list("subject", flat=True)) == {"查件", "发票"}


class TestMachines:
    def test_are_kept_and_never_answered(self, account: Account, servers: Servers) -> None:
        post(servers, written(1, "我在休假", Auto_Submitted="auto-replied"))
        take_in(account)
        assert Word.objects.get().text == "我在休假"
        assert Conversation.objects.get().owed_from is None and not Outgoing.objects.exists()

    def test_our_own_automatic_words_say_what_they_are(self, account: Account, servers: Servers) -> None:
        assert letter(account, CUSTOMER).state == State.SENT
        [raw] = servers.await_mail(CUSTOMER, 1)
        assert b"Auto-Submitted: auto-generated" in raw


class TestBounces:
    def test_a_letter_that_comes_back_has_failed(self, account: Account, servers: Servers) -> None:
        row = letter(account, f"nobody@{NOWHERE}")
        assert row.state == State.SENT
        servers.await_mail(SERVICE, 1)
        take_in(account)
        row.refresh_from_db()
        assert row.state == State.FAILED and row.reason.startswith("收件地址不存在（5.1.1")
        assert not InboxItem.objects.exists()

    def test_an_address_that_is_refused_at_once(self, account: Account) -> None:
        row = letter(account, "nobody@customer.test")
        assert row.state == State.FAILED and "收件地址" in row.reason


class TestNothingLostOrDoubled:
    def test_twenty_megabytes_arrive_whole(self, account: Account, servers: Servers) -> None:
        film, mail = os.urandom(20 * 1024 * 1024), EmailMessage()
        mail["From"], mail["Subject"], mail["Message-ID"] = CUSTOMER, "破损视频", "<film@customer.test>"
        mail.set_content("见附件")
        mail.add_attachment(film, maintype="video", subtype="mp4", filename="破损.mp4")
        post(servers, mail.as_bytes())
        pull(account)
        [media] = inbox.from_fact(InboxItem.objects.get().fact).media
        assert (media.name, hashlib.sha256(media.data).digest()) == (
            "破损.mp4",
            hashlib.sha256(film).digest(),
        )

    def test_copies_and_repeats_are_one(self, account: Account, servers: Servers) -> None:
        post(servers, written(1), written(1), written(2))
        assert pull(account) == 2
        assert pull(account) == 0
        # The server has counted its mails anew.
        PullCursor.objects.update(cursor="1:99")
        assert pull(account) == 0

    def test_pages_follow_one_another(
        self, account: Account, servers: Servers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("huhang.channels.adapters.mail.mail.PAGE", 2)
        post(servers, *[written(number) for number in range(5)])
        assert pull(account) == 5

    def test_a_database_that_is_away_is_waited_for(
        self, account: Account, servers: Servers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        post(servers, written(1))
        with monkeypatch.context() as patched:
            patched.setattr(inbox, "keep", _away)
            with pytest.raises(OperationalError):
                pull(account)
            post(servers, written(2), written(3))
            with pytest.raises(OperationalError):
                pull(account)
        assert PullCursor.objects.get().cursor == "" and not InboxItem.objects.exists()
        later = now() + inbox.LEASE + timedelta(seconds=1)
        assert inbox.pull_due(now=later) == 3
        assert inbox.pull_due(now=later) == 0

    @pytest.mark.django_db(transaction=True)
    def test_who_fetches_is_killed_before_it_is_kept(self, account: Account, servers: Servers) -> None:
        post(servers, written(1), written(2))
        mailboxes.has_mail(account, now=now())
        with _puller() as process:
            assert process.stdout is not None and process.stdout.readline() == b"fetched 2\n"
            process.send_signal(signal.SIGKILL)
        assert PullCursor.objects.get().cursor == "" and not InboxItem.objects.exists()
        wait_until(lambda: inbox.pull_due(now=now() + inbox.LEASE) == 2)
        assert InboxItem.objects.count() == 2


class TestBell:
    def test_rings_when_mail_comes(self, account: Account, servers: Servers) -> None:
        listening = mailboxes.Listening(now)
        listening.look([account])
        try:
            wait_until(lambda: listening.hear(0.1) > 0)  # from now on somebody listens
            PullCursor.objects.update(pull_at=None)
            servers.post(written(1))
            wait_until(lambda: listening.hear(0.1) > 0)
        finally:
            listening.close()
        assert inbox.pull_due(now=now()) == 1

    def test_one_process_of_several_holds_it(self, account: Account) -> None:
        one, two = mailboxes.Listening(now), mailboxes.Listening(now)
        one.look([account])
        two.look([account])
        try:
            wait_until(lambda: one.hear(0.1) > 0)
            assert two.hear(0) == 0
            one.close()
            wait_until(lambda: two.hear(0.1) > 0)
        finally:
            one.close()
            two.close()

    def test_a_folder_is_looked_into_every_minute_without_it(
        self, account: Account, servers: Servers
    ) -> None:
        assert mailboxes.look_due(now=now()) == 1
        assert mailboxes.look_due(now=now()) == 0
        post(servers, written(1))
        assert inbox.pull_due(now=now()) == 1


class TestWorkers:
    def test_do_all_of_it_by_the_clock(self, account: Account, servers: Servers) -> None:
        post(servers, written(1))
        for tick in (tasks.look_into_mailboxes, tasks.fetch_from_vendors, tasks.make_conversations):
            tick()
        assert Word.objects.get(side="customer").text == "我的快件三天没有动静"


class TestTrying:
    def test_an_account_that_works(self, account: Account) -> None:
        setups.try_out(account, now=now())

    @pytest.mark.parametrize("imap", ["ssl", "starttls"])
    def test_lines_are_sealed_and_certificates_checked(
        self, account: Account, servers: Servers, imap: str
    ) -> None:
        port = servers.imaps_port if imap == "ssl" else servers.imap_port
        account.settings |= {"imap_security": imap, "imap_port": str(port), "smtp_security": "starttls"}
        with pytest.raises(setups.DoesNotAnswer, match="CERTIFICATE_VERIFY_FAILED"):
            setups.try_out(account, now=now())
        account.settings |= {"ca_file": str(servers.folder / "cert.pem")}
        setups.try_out(account, now=now())

    def test_a_sealed_bell_rings_too(self, account: Account, servers: Servers) -> None:
        certificate = str(servers.folder / "cert.pem")
        account.settings |= {
            "imap_security": "ssl",
            "imap_port": str(servers.imaps_port),
            "ca_file": certificate,
        }
        listening = mailboxes.Listening(now)
        listening.look([account])
        try:
            wait_until(lambda: listening.hear(0.1) > 0)
            servers.post(written(1))
            wait_until(lambda: listening.hear(0.1) > 0)
        finally:
            listening.close()

    @pytest.mark.parametrize(
        "wrong", [{"password": "no"}, {"folders": "没有"}, {"smtp_port": "1"}, {"imap_port": "x"}]
    )
    def test_what_is_wrong_is_said(self, account: Account, wrong: dict[str, str]) -> None:
        account.secrets = account.secrets | wrong
        with pytest.raises(setups.DoesNotAnswer):
            setups.try_out(account, now=now())
        account.refresh_from_db()
        assert account.away_because


def _away(*_args: object, **_kwargs: object) -> int:
    raise OperationalError("the database is away")


PULLER = """
import time
import django
django.setup()
from django.utils import timezone
from huhang.channels.actions import inbox

def keep(account, facts, *, now):
    print("fetched", len(facts), flush=True)
    time.sleep(600)

inbox.keep = keep
inbox.pull_due(now=timezone.now())
"""


def _puller() -> subprocess.Popen[bytes]:
    """Fetches, and never comes to keep it."""
    kwargs = connection.get_connection_params()
    login = f"{kwargs['user']}:{kwargs['password']}" if kwargs.get("password") else kwargs["user"]
    url = f"postgresql://{login}@/{kwargs['dbname']}?host={kwargs['host']}&port={kwargs.get('port', 5432)}"
    given = {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "huhang.config.settings"}
    return subprocess.Popen(
        [sys.executable, "-c", PULLER], env={**os.environ, **given}, stdout=subprocess.PIPE
    )
