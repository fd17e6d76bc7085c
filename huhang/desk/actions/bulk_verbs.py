"""The verbs that can be done to many cases: what each needs to be told, what it remembers, and its way back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from huhang.desk.actions import answering, assignment, claiming, clocks, steps, weighing
from huhang.desk.actions.living import TicketIsOver
from huhang.desk.actions.story import changed, happened
from huhang.desk.models import PauseReason, Step, Ticket
from huhang.desk.rules.bulk import Verb
from huhang.desk.rules.kinds import SYSTEM, ClockState, Priority, StepState
from huhang.kit.errors import BadInput, DomainError
from huhang.network.models import OrgUnit, Person

Words = Mapping[str, str]


class WordsMissing(BadInput):
    """请填写这项操作需要的内容。"""


class NoSuchPerson(BadInput):
    """没有这位同事。"""


class NoSuchUnit(BadInput):
    """没有这个单位，或已停用。"""


class NoSuchReason(BadInput):
    """没有这个暂停原因。"""


class AlreadySo(DomainError):
    """已经是这样，没有改动。"""


NEEDED = {
    Verb.ASSIGN: ("person", "reason"),
    Verb.PRIORITY: ("priority", "reason"),
    Verb.NOTE: ("text",),
    Verb.HAND_OVER: ("unit", "reason"),
    Verb.PAUSE: ("pause",),
}


def checked(verb: Verb, words: Words) -> dict[str, str]:
    """The words that the verb needs, refused as a whole when they mean nothing: better than on every row."""
    needed = {name: words.get(name, "").strip() for name in NEEDED.get(verb, ())}
    if not all(needed.values()):
        raise WordsMissing
    if verb == Verb.ASSIGN and not Person.objects.filter(username=needed["person"], is_active=True).exists():
        raise NoSuchPerson(field="person", person=needed["person"])
    if verb == Verb.HAND_OVER and not OrgUnit.objects.filter(code=needed["unit"], is_active=True).exists():
        raise NoSuchUnit(field="unit", unit=needed["unit"])
    if verb == Verb.PAUSE and not PauseReason.objects.filter(code=needed["pause"], is_active=True).exists():
        raise NoSuchReason(field="pause", reason=needed["pause"])
    if verb == Verb.PRIORITY and needed["priority"] not in set(Priority):
        raise WordsMissing
    return needed


def act(verb: Verb, ticket: Ticket, words: Words, *, by: Person, now: datetime) -> Ticket:
    """Do it to one case; refused by the verb's own sentence."""
    no: dict[str, Any] = {"ticket_no": ticket.no, "by": by, "now": now}
    if verb == Verb.CLAIM:
        return _claimed(ticket, no)
    if verb == Verb.ASSIGN:
        person = Person.objects.get(username=words["person"])
        return assignment.assign_to(person=person, reason=words["reason"], **no)
    if verb == Verb.PRIORITY:
        return _weighed(ticket, Priority(words["priority"]), words["reason"], no)
    if verb == Verb.NOTE:
        return answering.note(text=words["text"], **no)
    if verb == Verb.HAND_OVER:
        return steps.hand_over(unit_code=words["unit"], reason=words["reason"], **no)
    if verb == Verb.PAUSE:
        return clocks.pause(reason=words["pause"], **no)
    return clocks.resume(**no)


def _claimed(ticket: Ticket, no: dict[str, Any]) -> Ticket:
    done = claiming.claim(**no)
    if done.version == ticket.version:
        raise AlreadySo(ticket=ticket.no)
    return done


def _weighed(ticket: Ticket, priority: Priority, reason: str, no: dict[str, Any]) -> Ticket:
    if ticket.priority == priority:
        raise AlreadySo(ticket=ticket.no)
    return weighing.weigh(priority=priority, reason=reason, **no)


def remembered(verb: Verb, ticket: Ticket) -> dict[str, Any]:
    """What the way back needs of the case as it is before."""
    if verb in (Verb.CLAIM, Verb.ASSIGN):
        handlers = ticket.steps.filter(state=StepState.OPEN).values_list("pk", "handler", "claimed_at")
        return {
            "owner": ticket.owner_id,
            "claimed_at": _written(ticket.claimed_at),
            "state": ticket.state,
            "steps": [[pk, handler, _written(at)] for pk, handler, at in handlers],
        }
    return {"priority": ticket.priority} if verb == Verb.PRIORITY else {}


def _written(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _read(at: str | None) -> datetime | None:
    return datetime.fromisoformat(at) if at else None


def newest_entry(ticket: Ticket) -> int:
    newest = ticket.entries.order_by("-id").values_list("id", flat=True).first()
    return newest or 0


def somebody_wrote(ticket: Ticket, *, after: int) -> bool:
    """Has a person done anything to the case since? Clocks that called do not count."""
    return ticket.entries.filter(id__gt=after).exclude(by=SYSTEM).exists()


def undo(verb: Verb, ticket: Ticket, before: Mapping[str, Any], *, by: Person, now: datetime) -> None:
    """Bring the case back to what it was."""
    if not ticket.is_live:
        raise TicketIsOver(ticket=ticket.no)
    if verb in (Verb.CLAIM, Verb.ASSIGN):
        _give_back(ticket, before, by=by, now=now)
    elif verb == Verb.PRIORITY:
        priority = Priority(before["priority"])
        weighing.weigh(ticket_no=ticket.no, priority=priority, reason=UNDONE, by=by, now=now)
    elif ticket.clocks.filter(state=ClockState.PAUSED).exists():
        clocks.resume(ticket_no=ticket.no, by=by, now=now)


UNDONE = _("批量操作已撤销")


def _give_back(ticket: Ticket, before: Mapping[str, Any], *, by: Person, now: datetime) -> None:
    had = ticket.owner
    ticket.owner_id, ticket.claimed_at = before["owner"], _read(before["claimed_at"])
    ticket.state = before["state"]
    for pk, handler, claimed_at in before["steps"]:
        Step.objects.filter(pk=pk, ticket=ticket, state=StepState.OPEN).update(
            handler=handler, claimed_at=_read(claimed_at)
        )
    if had != ticket.owner:
        assignment.by_hand(ticket, chosen=ticket.owner, before=had, words=gettext(UNDONE), by=by, now=now)
    happened(ticket, _("批量操作已撤销，负责人恢复原状"), by=by, now=now)
    changed(ticket)
