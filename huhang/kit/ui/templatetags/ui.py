"""Template tags of every room: waybills, masks, times, states, lists, live topics. Built in: no `load`."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zlib import crc32

from django import template
from django.http import HttpRequest
from django.template.context import Context
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from huhang.kit import languages, links, live, masking
from huhang.kit.ui import words
from huhang.kit.ui.cells import Pen

register = template.Library()

_LIVE_FROM = "huhang_live_from"


def _pen() -> Pen:
    return Pen(timezone.now())


@register.simple_tag(takes_context=True)
def again(context: Context, block: str) -> SafeString:
    """The content of a block once more: the page's title is also its heading."""
    blocks = context.render_context.get(BLOCK_CONTEXT_KEY)
    node = blocks.get_block(block) if blocks else None
    return node.render(context) if node else SafeString()


@register.filter
def waybill(number: object) -> SafeString:
    """In groups of four for the eye; the gaps are margins, so that a copy has no spaces."""
    return mark_safe(_pen().waybill(str(number or "")))


@register.filter
def mask_phone(value: str | None) -> SafeString:
    return mark_safe(_pen().phone(value or ""))


@register.filter
def mask_name(value: str | None) -> SafeString:
    return mark_safe(_pen().name(value or ""))


@register.filter
def mask_address(value: str | None) -> SafeString:
    return mark_safe(_pen().masked(masking.address(value or "")))


@register.filter
def mask_text(value: str | None) -> str:
    """Free text with the phone numbers in it masked."""
    return masking.phones_in(value or "")


@register.filter
def linked(text: str | None) -> SafeString:
    """What somebody wrote, its addresses pressable; the host stands out, and says where a press leads."""
    return mark_safe("".join(_linked(part) for part in links.parts(text or "")))


def _linked(part: str | links.Address) -> str:
    if isinstance(part, str):
        return escape(part)
    return format_html(
        '<a href="{}" target="_blank" rel="noopener noreferrer nofollow">{}<b>{}</b>{}</a>',
        part, part.scheme, part.host, part.rest,
    )  # fmt: skip


@register.simple_tag(takes_context=True)
def countdown(
    context: Context, due: datetime | None, since: datetime | None = None, paused_at: datetime | None = None
) -> SafeString:
    """Time left to a deadline, counting down in the browser; `since` is when the clock started (gives its colour)."""
    if due is None:
        return SafeString()
    return mark_safe(Pen(_now(context)).countdown(due, since, paused_at))


@register.filter
def ago(at: datetime | None) -> SafeString:
    """`3 分钟前`, with the absolute time on hover; kept fresh by the browser."""
    if at is None:
        return SafeString()
    return format_html(
        '<time class="ago" datetime="{}" data-ago title="{}">{}</time>',
        at.isoformat(), words.absolute(at), words.relative((at - timezone.now()).total_seconds()),
    )  # fmt: skip


@register.filter
def clock_time(at: datetime | None) -> SafeString:
    """`09:12` today, `11-20 09:12` this year, else with the year: the shortest that cannot be misread."""
    return mark_safe(_pen().time(at))


@register.filter
def span(length: timedelta | float | None) -> str:
    """A length of time in words: `2 小时 5 分`; of a timedelta or of seconds."""
    if length is None:
        return ""
    return words.span(length.total_seconds() if isinstance(length, timedelta) else length)


@register.filter
def minutes(count: int | None) -> str:
    """A number of minutes as people say it: `1 天`, `2 小时`."""
    return "" if count is None else words.span(60 * count)


@register.filter
def yuan(amount: Decimal | None) -> str:
    """An amount of money as it is read: `12,600`, `1,260.50`."""
    return "—" if amount is None else f"{amount:,.2f}".removesuffix(".00")


@register.filter
def shown(text: str | None, english: str = "") -> str:
    """A stored text in the reader's language, if it came from a pack; what people wrote stays as it is."""
    return languages.shown(text or "", english)


@register.filter
def may(person: Any, permission: str) -> bool:
    """Does this person hold the permission anywhere? For showing a button; the door decides."""
    return bool(person and person.may(permission))


@register.simple_tag
def state(name: str, text: str = "") -> SafeString:
    """A badge of state: colour, shape and word together. Names are those of `words.STATES`."""
    return mark_safe(_pen().state(name, text))


@register.simple_tag(takes_context=True)
def live_topics(
    context: Context,
    kinds: str,
    paths: Iterable[str] | str = (),
    refs: Iterable[Any] | str | int = (),
) -> SafeString:
    """Let this page hear changes: `{% live_topics "desk.ticket desk.clock" paths %}` or `… refs=ticket.pk`.

    The browser then fires `live:<kind>` on the body; parts listen by `hx-trigger="live:desk.ticket from:body"`.
    """
    names = kinds.split()
    topics = [f"{kind}@{path}" for kind in names for path in _several(paths)]
    topics += [f"{kind}#{ref}" for kind in names for ref in _several(refs)]
    return format_html(
        '<span hidden data-live="{}" data-topics="{}" data-push="{}" data-kinds="{}" data-last="{}"></span>',
        live.sign(topics), crc32("\n".join(sorted(topics)).encode()), context.get("push_url", ""),
        " ".join(names), _live_from(context.get("request")),
    )  # fmt: skip


def _live_from(request: HttpRequest | None) -> int:
    """From where this page listens: asked once, as it begins to be painted."""
    known = vars(request).get(_LIVE_FROM) if request else None
    if known is None:
        known = live.latest()
        if request:
            vars(request)[_LIVE_FROM] = known
    return int(known)


def _several(value: Any) -> list[str]:
    return [str(value)] if isinstance(value, str | int) else [str(v) for v in value]


@register.simple_tag
def sheet_end(do: str = "", close: str = "") -> SafeString:
    """The foot of a dialog: the way back, and the one button that does it."""
    back = format_html('<button type="button" class="btn" data-close>{}</button>', close or _("取消"))
    act = format_html('<button class="btn btn-primary">{}</button>', do) if do else ""
    return format_html('<div class="sheet-actions">{}{}</div>', back, act)


@register.inclusion_tag("kit/_empty.html")
def empty(text: str, url: str = "", action: str = "", icon: str = "circle-dashed") -> dict[str, str]:
    """What will appear here, and the next action."""
    return {"text": text, "url": url, "action": action, "icon": icon}


@register.inclusion_tag("kit/_pages.html", takes_context=True)
def pages(context: Context, cut: Any) -> dict[str, Any]:
    """Newer and older pages of a list cut by `huhang.kit.ui.lists.cut`; filters in the URL stay."""
    return {"cut": cut, "request": context["request"]}


@register.simple_tag(takes_context=True)
def sort_link(context: Context, field: str, text: str, name: str = "sort") -> SafeString:
    """A column heading that sorts by `field`; a second press turns the order round. Stays in the URL."""
    request: HttpRequest = context["request"]
    now = request.GET.get(name, "")
    query = request.GET.copy()
    query[name] = f"-{field}" if now == field else field
    query.pop("page", None)
    mark = {field: "↑", f"-{field}": "↓"}.get(now, "")
    return format_html('<a class="sort" href="?{}">{} <span>{}</span></a>', query.urlencode(), text, mark)


@register.simple_tag
def url_if(name: str, *args: Any) -> str:
    """The address of a page that another room may offer, or nothing."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


@register.inclusion_tag("kit/_reveal_button.html", takes_context=True)
def reveal(context: Context, url: str, label: str = "") -> dict[str, Any]:
    """A small button that asks for the purpose and then shows what is masked (see `huhang.kit.reveal`)."""
    person = context.get("person")
    return {"url": url if person and person.may("kit.reveal") else "", "label": label}


@register.simple_tag
def options(rows: Iterable[Any], chosen: str = "") -> SafeString:
    """The options of a long select or datalist: rows with a `code`, called as they call themselves."""
    return mark_safe(
        "".join(
            f'<option value="{escape(row.code)}"{" selected" if row.code == chosen else ""}>{escape(str(row))}</option>'
            for row in rows
        )
    )


@register.simple_tag(takes_context=True)
def server_now(context: Context) -> str:
    """The server's clock, by which countdowns correct that of the machine."""
    return _now(context).isoformat()


def _now(context: Context) -> datetime:
    now: datetime = getattr(context.get("request"), "now", None) or timezone.now()
    return now
