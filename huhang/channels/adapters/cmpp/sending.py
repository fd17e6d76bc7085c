"""A letter as submits: parts side by side in the window, each in the journal before it leaves."""

import threading
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Waited
from functools import partial
from hashlib import sha256

from huhang.channels.adapters.cmpp import pdu, texts
from huhang.channels.adapters.cmpp.journal import Journal
from huhang.channels.adapters.cmpp.pdu import Pdu
from huhang.channels.adapters.cmpp.plan import Plan
from huhang.channels.adapters.cmpp.session import Lost, NotWritten, Session
from huhang.channels.rules.gateway import GatewayAway, GatewayRefused, Letter, NotTaken

THROTTLED = 8
# What is wrong with the account and not with the letter: people must talk to the carrier.
OF_THE_ACCOUNT = {
    5: "资费代码错", 7: "业务代码错", 9: "本网关不负责此计费号码", 10: "源号码错", 11: "企业代码错", 12: "计费号码错",
}  # fmt: skip
OF_THE_LETTER = {
    1: "消息结构错", 2: "命令字错", 3: "消息序号重复", 4: "消息长度错", 6: "超过最大信息长", 13: "目的号码错",
}  # fmt: skip
UNKNOWN = "网关没有答复，此前是否已发出不明，为避免重复发送不再发送"


def submits(plan: Plan, letter: Letter) -> list[pdu.Submit]:
    """The parts of a letter, the same at every attempt. GatewayRefused where it cannot be an SMS."""
    try:
        contents = texts.split(letter.text, sha256(letter.key.encode()).digest()[0])
        made = [
            pdu.Submit(
                (letter.number,), content, f"{plan.src_id}{letter.door}", plan.sp_id, plan.service_id,
                total=len(contents), number=number, tp_udhi=int(len(contents) > 1), fmt=texts.UCS2,
                fee_type=plan.fee_type, fee_code=plan.fee_code,
            )
            for number, content in enumerate(contents, 1)
        ]  # fmt: skip
        for submit in made:
            pdu.encode(submit, 1, plan.version)
    except ValueError as error:
        raise GatewayRefused(f"不能作为短信发送：{error}"[:200]) from error
    return made


class Sender:
    """Hands letters to the session that is open now."""

    def __init__(self, plan: Plan, journal: Journal) -> None:
        self._plan, self._journal = plan, journal
        self._lock, self._free_at = threading.Lock(), 0.0
        self._busy: set[str] = set()

    def send(self, session: Session, letter: Letter) -> str:
        """The gateway's number of its first part. Whether this is a repetition is known from the journal."""
        with self._lock:
            if letter.key in self._busy:
                raise GatewayAway("正在发送，等待网关答复")
            self._busy.add(letter.key)
        try:
            return self._send(session, letter)
        finally:
            with self._lock:
                self._busy.discard(letter.key)

    def _send(self, session: Session, letter: Letter) -> str:
        parts = submits(self._plan, letter)
        for _ in range(self._plan.tries):
            missing = self._missing(letter.key, parts)
            if not missing:
                break
            troubles = self._hand_over(session, letter.key, missing)
            _raise_worst(troubles)
            if troubles:  # the gateway asked for patience
                time.sleep(min(1.0, self._plan.patience))
        sent = self._journal.of(letter.key)
        if sent is None or len(sent.parts) < len(parts) or not all(sent.parts.values()):
            raise NotTaken("网关流量控制")
        return sent.parts[1]

    def _missing(self, key: str, parts: list[pdu.Submit]) -> list[pdu.Submit]:
        """What was surely not sent yet. GatewayRefused where a part may have been."""
        sent = self._journal.of(key)
        if sent is None:
            return parts
        if "" in sent.parts.values():
            raise GatewayRefused(UNKNOWN)
        return [part for part in parts if part.number not in sent.parts]

    def _hand_over(self, session: Session, key: str, parts: list[pdu.Submit]) -> list[Exception]:
        answers, troubles = [], list[Exception]()
        for part in parts:
            self._take_turn()
            try:
                self._journal.begin(key, part.number, part.total)
            except OSError as trouble:  # what cannot be written down does not leave
                troubles.append(NotTaken(str(trouble)))
                break
            try:
                answers.append(session.ask(part, partial(self._note, key, part.number)))
            except NotWritten as trouble:
                self._journal.let_go(key, part.number)
                troubles.append(NotTaken(f"网关连接中断 {trouble}"))
                break
        found = [self._outcome(session, answer) for answer in answers]
        return troubles + [error for error in found if error]

    def _note(self, key: str, number: int, said: Pdu) -> None:
        """Written down as soon as it is heard, before anybody is told."""
        if isinstance(said, pdu.SubmitResp) and said.result == 0:
            self._journal.took(key, number, f"{said.msg_id:016x}")
        elif isinstance(said, pdu.SubmitResp):
            self._journal.let_go(key, number)

    def _outcome(self, session: Session, answer: Future[Pdu]) -> Exception | None:
        try:
            said = answer.result(self._plan.timeout)
        except (Lost, NotWritten) as trouble:
            return GatewayAway(f"网关连接中断 {trouble}")
        except Waited:
            session.end("no answer to a submit")
            return GatewayAway("网关没有答复")
        if not isinstance(said, pdu.SubmitResp):
            return GatewayAway("网关答非所问")
        return _refusal(said.result)

    def _take_turn(self) -> None:
        """No faster than the carrier has agreed to."""
        if not self._plan.rate:
            return
        with self._lock:
            now = time.monotonic()
            turn = max(self._free_at, now)
            self._free_at = turn + 1 / self._plan.rate
        time.sleep(turn - now)


def _refusal(result: int) -> Exception | None:
    if result == 0:
        return None
    if result == THROTTLED:
        return Throttled("网关流量控制")
    if result in OF_THE_ACCOUNT:
        return NotTaken(f"网关拒收 {result} {OF_THE_ACCOUNT[result]}")
    return GatewayRefused(f"网关拒收 {result} {OF_THE_LETTER.get(result, '')}".strip())


class Throttled(Exception):
    """Too fast for the gateway."""


def _raise_worst(troubles: list[Exception]) -> None:
    """What may have arrived weighs more than what was refused, and that more than what can simply be tried again."""
    rank = {Throttled: 0, NotTaken: 1, GatewayRefused: 2, GatewayAway: 3}
    worst = max(troubles, key=lambda trouble: rank[type(trouble)], default=None)
    if worst is not None and not isinstance(worst, Throttled):
        raise worst
