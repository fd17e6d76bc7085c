"""Lines to telephone switches: heard by every worker, as two who hear the same thing make it one.

No lock says who listens. A fact is named by what it is, so each worker may hold a line of its own, and when one dies
the others have heard what it has not.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from huhang.channels.actions import call_backs, calls
from huhang.channels.adapters import ami, esl
from huhang.channels.adapters.ami.words import Plan as AmiPlan
from huhang.channels.adapters.call_http import read_calls
from huhang.channels.adapters.esl.words import Plan as EslPlan
from huhang.channels.adapters.line import Line
from huhang.channels.models import Account, AgentExtension
from huhang.channels.rules.calls import CallEvent
from huhang.channels.rules.phone import COMMANDED, NotAWord, Session, SwitchRefused
from huhang.channels.rules.wire import Callback, Unreadable, WireAway
from huhang.kit.errors import DomainError
from huhang.network.models import Person

# How long a command may take, from the first greeting.
COMMANDING = 4.0
BATCH = 500
Clock = Callable[[], datetime]


class SwitchAway(DomainError):
    """话务系统暂时连不上，请稍后再试。"""

    status = 503


class NoTelephone(DomainError):
    """您还没有登记分机，请联系管理员登记后再拨打。"""


class SwitchSaysNo(DomainError):
    """话务系统拒绝了这项操作，请联系管理员检查账号设置。"""

    status = 502


def accounts() -> list[Account]:
    """The switches that we ring up ourselves."""
    return list(Account.objects.filter(adapter__in=COMMANDED, is_active=True).order_by("pk"))


def line_to(account: Account, *, now: Clock) -> Line:
    """A line that is not yet open."""
    port = {"esl": esl.session.PORT, "ami": ami.session.PORT}[account.adapter]
    settings = account.settings
    return Line(
        str(settings.get("host", "127.0.0.1")),
        int(settings.get("port", port)),
        lambda: _session(account),
        now,
    )


def _session(account: Account) -> Session:
    settings, secrets = account.settings, account.secrets
    if account.adapter == "esl":
        keys = frozenset(map(str, settings.get("call_back_keys", ())))
        words = str(settings.get("words", "json"))
        return esl.EslSession(secrets.get("password", ""), words=words, plan=EslPlan(keys))
    plan = AmiPlan(frozenset(settings.get("inside", ())), frozenset(settings.get("direct", ())))
    return ami.AmiSession(
        str(settings.get("user", "huhang")),
        secrets.get("password", ""),
        plan=plan,
        technology=str(settings.get("technology", "PJSIP")),
        context=str(settings.get("context", "from-internal")),
    )


class Listening:
    """One process's lines, kept open from one look to the next."""

    def __init__(self, now: Clock) -> None:
        self._now = now
        self._lines: dict[tuple[Any, ...], tuple[Account, Line]] = {}
        # Heard and not yet kept: the database may be away for a while, the switch says nothing twice.
        self._untaken: dict[int, list[CallEvent]] = defaultdict(list)

    def look(self, wanted: Iterable[Account]) -> None:
        """Open lines to these, and close those that are no longer wanted, or are wanted differently."""
        asked = {_how(account): account for account in wanted}
        for how in set(self._lines) - set(asked):
            self._lines.pop(how)[1].close()
        for how in set(asked) - set(self._lines):
            self._lines[how] = (asked[how], line_to(asked[how], now=self._now))

    def hear(self, seconds: float) -> int:
        """Take what is told within about these seconds; how much was news."""
        each = seconds / max(1, len(self._lines))
        return sum(self._hear(account, line, each) for account, line in self._lines.values())

    def _hear(self, account: Account, line: Line, seconds: float) -> int:
        told, was_open = self._untaken[account.pk], line.is_open
        try:
            told += line.poll(seconds)
            while told and len(told) < BATCH and (more := line.poll(0)):
                told += more
        except (WireAway, SwitchRefused) as error:
            _is_away(account, str(error), now=self._now())
        else:
            if line.is_open and not was_open:
                _is_back(account)
        # What was heard before the line broke is kept, whatever broke it.
        news = calls.take(account=account, events=told, now=self._now()) if told else 0
        told.clear()
        return news

    @property
    def is_open(self) -> bool:
        return any(line.is_open for _, line in self._lines.values())

    def close(self) -> None:
        self.look(())


def _how(account: Account) -> tuple[Any, ...]:
    return (account.pk, account.adapter, repr(account.settings), repr(account.secrets), account.path)


def _is_away(account: Account, because: str, *, now: datetime) -> None:
    rows = Account.objects.filter(pk=account.pk)
    rows.filter(away_since__isnull=True).update(away_since=now)
    rows.update(away_because=because[:200])


def _is_back(account: Account) -> None:
    Account.objects.filter(pk=account.pk).update(away_since=None, away_because="")


def command(*, account: Account, say: Callable[[Session], None], now: Clock) -> None:
    """Give a switch one command over a line of its own. Raises SwitchAway or SwitchSaysNo."""
    line = line_to(account, now=now)
    until = now() + timedelta(seconds=COMMANDING)
    try:
        while not line.is_open and now() < until:
            line.poll(0.2)
        if not line.is_open:
            raise SwitchAway
        say(line.session)
        line.send()
        line.poll(0.5)
    except WireAway as error:
        raise SwitchAway(str(error)) from error
    except (SwitchRefused, NotAWord) as error:
        raise SwitchSaysNo(str(error)) from error
    finally:
        line.close()


def ring_back(*, callback_id: int, by: Person, now: Clock) -> None:
    """Ring the person's telephone and then the customer; the row is theirs from now on."""
    row = call_backs.claim(callback_id=callback_id, by=by, now=now())
    telephone = AgentExtension.objects.filter(account=row.account_id, person=by).order_by("pk").first()
    if telephone is None or row.account.adapter not in COMMANDED:
        raise NoTelephone
    extension, number, key = telephone.extension.split("@")[0], row.number, str(uuid4())
    command(account=row.account, say=lambda session: session.call(extension, number, key=key), now=now)


def posted(account: Account, callback: Callback, *, now: datetime) -> int:
    """What a switch posts: a record of FreeSWITCH, or events of any other. Raises Forged or Unreadable."""
    secrets, settings = account.secrets, account.settings
    if account.adapter == "esl":
        told = esl.read_record(
            callback,
            user=str(settings.get("record_user", "huhang")),
            password=secrets.get("record_password", ""),
            plan=EslPlan(frozenset(map(str, settings.get("call_back_keys", ())))),
        )
    elif account.adapter == "call_http":
        told = read_calls(callback, secret=secrets.get("secret", ""))
    else:
        raise Unreadable("this account posts nothing")
    return calls.take(account=account, events=told, now=now)
