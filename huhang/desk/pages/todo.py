"""The rows of the do-it-now window as HTML: of up to 120, so what is the same for all is worked out once."""

from collections.abc import Callable, Iterable
from functools import cache
from html import escape

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_noop, pgettext

from huhang.desk.models import Ticket
from huhang.desk.models.ticket import KIND_NAMES
from huhang.desk.queries.window import Group, Row
from huhang.desk.rules.kinds import Closing, Kind, Obligation
from huhang.kit import languages, masking
from huhang.kit.ui.cells import Pen
from huhang.kit.ui.templatetags import constant
from huhang.network.models import OrgUnit

NUMBER, STEP = "T-NUMBER", 987_654_321
# Looked up by the pen, once for a whole list.
MINE = gettext_noop("我的")
TAKE = gettext_noop("认领")
FREE = gettext_noop("待认领")
TAKE_NO = gettext_noop("认领 %(no)s")
MORE = gettext_noop("%(no)s 的更多操作")
REMIND = gettext_noop("一键提醒")
REMIND_ALL = gettext_noop("全部认领，并通知快递员")
OPEN_IT = gettext_noop("点开看每一单")
FOR_OWNER = gettext_noop("等负责人办结")
FIRST_WORD = gettext_noop("待答复")
NEXT_WORD = gettext_noop("客户等回话")
WHOLE = gettext_noop("整单")
ESCALATED = gettext_noop("已升级%(unit)s")
RESOLVE = gettext_noop("办结本步")
REPLY = gettext_noop("回复客户")
HAND_OVER = gettext_noop("移交")


@cache
def icon_of(name: str) -> str:
    return str(constant.icon_of(name))


class Todo:
    """Writes the rows for one reader, in the window of one unit; `query` is what follows the page's address."""

    def __init__(self, pen: Pen, unit: OrgUnit, query: str) -> None:
        self.pen, self.unit = pen, unit
        self.kinds = pen.names(KIND_NAMES)
        self.at = {
            route: pen.address(f"desk:{route}") for route in ("ticket", "trace_order", "answer_in_window")
        }
        claim = pen.address("desk:claim_in_window")
        self.claim_at: Callable[[str], str] = lambda no: f"{claim(no)}?{escape(query)}"
        self.remind_at = f"{reverse('desk:remind')}?{escape(query)}"
        self.step_at = {verb: _of_step(f"desk:step_{verb}") for verb in ("resolve", "hand_over", "refuse")}
        self.new = f'<span class="new-mark">{escape(pgettext("just arrived", "新"))}</span>'
        self.mine = f'<span class="todo-owner is-me">{icon_of("check")} {self.say(MINE)}</span>'

    def say(self, text: str) -> str:
        return escape(self.pen.say(text))

    def items(self, groups: Iterable[Group]) -> SafeString:
        return mark_safe("\n".join(self.group(g) if g.is_many else self.row(g.first) for g in groups))

    def row(self, row: Row) -> str:
        ticket, step = row.ticket, row.step
        is_trace, kind = ticket.kind == Kind.TRACE, self.kinds.get(ticket.kind, "")
        place = f"#node-{step.pk}" if is_trace and step else ""
        page = self.at["trace_order" if is_trace else "ticket"](ticket.no)
        title = languages.shown(ticket.title)
        return (
            f'<li class="todo{" is-trace" if is_trace else ""}" data-row="{row.key}"'
            f' data-say="{kind} · {escape(masking.phones_in(title))}">'
            f'<div class="todo-clock">{self._clock(row)}</div>'
            f'<div class="todo-what"><a id="row-{row.key}" href="{page}{place}">'
            f'<span class="kind kind-{ticket.kind}">{kind}</span>{escape(title)} {self.new}</a>'
            f'<p class="todo-facts">{" ".join(self._facts(row))}</p></div>'
            f'<div class="todo-do">{self._owner(row)}{self._verbs(row)}</div></li>'
        )

    def group(self, group: Group) -> str:
        """Reminders of one courier, to be taken in one tap."""
        first = group.first
        kind, courier = self.kinds.get(first.ticket.kind, ""), group.courier
        return (
            f'<li class="todo-group" data-row="group-{first.key}"'
            f' data-group="{courier.pk if courier else ""}-{escape(first.ticket.title)}">{self._remind(group)}'
            f'<details><summary class="todo"><span class="todo-clock">{self._clock(first)}</span>'
            f'<span class="todo-what"><span class="todo-title"><span class="kind kind-prevention">{kind}</span>'
            f"{self.pen.shown(first.ticket.title)} <b>×{len(group.rows)}</b></span>"
            f'<span class="todo-facts"><span>{icon_of("user")}{escape(courier.name if courier else "")}</span>'
            f"<span>{self.say(OPEN_IT)}</span></span></span></summary>"
            f"<ul>{''.join(self.row(row) for row in group.rows)}</ul></details></li>"
        )

    def _remind(self, group: Group) -> str:
        if not group.first.may_take:
            return ""
        numbers = "".join(f'<input type="hidden" name="no" value="{no}">' for no in group.numbers)
        return (
            f'<form class="todo-do" hx-post="{self.remind_at}" hx-target="#window">{numbers}'
            f'<button class="btn" data-do="claim" title="{self.say(REMIND_ALL)}">'
            f"{icon_of('bell-ringing')} {self.say(REMIND)} <kbd>c</kbd></button></form>"
        )

    def _clock(self, row: Row) -> str:
        due = row.due_at
        return self.pen.countdown(due, row.due_from) if due else self.pen.state("paused")

    def _facts(self, row: Row) -> Iterable[str]:
        ticket, step = row.ticket, row.step
        yield from self._deadlines(row)
        if step:
            yield self._fact("checkbox", self.pen.shown(step.title, step.title_en))
        elif ticket.closing == Closing.OWNER:
            yield self._fact("circle-check", self.say(FOR_OWNER))
        if ticket.waybill_no:
            yield f"<span>{self.pen.waybill(ticket.waybill_no)}</span>"
        if ticket.courier:
            yield self._fact("user", escape(ticket.courier.name))
        at = step.unit if step else ticket.at_unit
        if at.pk != self.unit.pk:
            yield self._fact("building", self.pen.shown(at.name, at.name_en))
        if ticket.escalated_to:
            yield self._fact("arrow-up", self._escalated(ticket), ' class="text-late"')
        yield f"<span>{self.pen.ago(ticket.opened_at)}</span>"

    def _deadlines(self, row: Row) -> Iterable[str]:
        """Those that are not the row's own: the word that a customer waits for, and the whole case's."""
        if row.promise:
            is_first = " is-first" if row.word_is_first else ""
            owed = FIRST_WORD if row.promise.obligation == Obligation.FIRST_RESPONSE else NEXT_WORD
            left = self.pen.countdown(row.promise.due_at, row.promise.started_at)
            yield self._fact("message-circle", f"{self.say(owed)} {left}", f' class="todo-promise{is_first}"')
        if whole := row.whole_due_at:
            left = self.pen.countdown(whole, row.ticket.next_due_from)
            yield self._fact("clock", f"{self.say(WHOLE)} {left}", ' class="todo-promise"')

    def _fact(self, icon: str, words: str, look: str = "") -> str:
        return f"<span{look}>{icon_of(icon)}{words}</span>"

    def _escalated(self, ticket: Ticket) -> str:
        assert ticket.escalated_to is not None
        return escape(self.pen.say(ESCALATED) % {"unit": ticket.escalated_to})

    def _owner(self, row: Row) -> str:
        if row.is_mine:
            return self.mine
        if row.handler:
            return (
                f'<span class="todo-owner">{escape(row.handler.display_name or row.handler.username)}</span>'
            )
        if not row.may_take:
            return f'<span class="todo-owner">{self.say(FREE)}</span>'
        no = row.ticket.no
        step = f"""hx-vals='{{"step": "{row.step.pk}"}}' """ if row.step else ""
        label = escape(self.pen.say(TAKE_NO) % {"no": no})
        return (
            f'<button type="button" class="btn" data-do="claim" hx-post="{self.claim_at(no)}" {step}'
            f'hx-target="#window" aria-label="{label}">{self.say(TAKE)} <kbd>c</kbd></button>'
        )

    def _verbs(self, row: Row) -> str:
        """What else one may do with the step without opening the case."""
        if row.ticket.kind == Kind.TRACE or row.step is None or not row.may:
            return ""
        no, buttons = row.ticket.no, []
        if "resolve" in row.may:
            buttons.append(
                self._verb("resolve", self._step(row, "resolve"), "circle-check", self.say(RESOLVE))
            )
        if "answer" in row.may:
            buttons.append(self._verb("reply", self.at["answer_in_window"](no), "message", self.say(REPLY)))
        if "hand_over" in row.may:
            buttons.append(
                self._verb("hand_over", self._step(row, "hand_over"), "arrow-right", self.say(HAND_OVER))
            )
        if "refuse" in row.may:
            back = escape(pgettext("verb", "退回"))
            buttons.append(self._verb("", self._step(row, "refuse"), "corner-up-left", back))
        label = escape(self.pen.say(MORE) % {"no": no})
        return (
            f'<details class="menu todo-more"><summary aria-label="{label}">{icon_of("dots")}</summary>'
            f'<div class="menu-body">{"".join(buttons)}</div></details>'
        )

    def _step(self, row: Row, verb: str) -> str:
        assert row.step is not None
        return self.step_at[verb](row.ticket.no, row.step.pk)

    def _verb(self, name: str, address: str, icon: str, words: str) -> str:
        do = f' data-do="{name}"' if name else ""
        return f'<button type="button"{do} hx-get="{address}" hx-target="#dialog">{icon_of(icon)} {words}</button>'


def _of_step(route: str) -> Callable[[str, int], str]:
    """The addresses of a verb on a step of a case."""
    before, rest = reverse(route, args=[NUMBER, STEP]).split(NUMBER)
    middle, after = rest.split(str(STEP))
    return lambda no, step: f"{before}{no}{middle}{step}{after}"
