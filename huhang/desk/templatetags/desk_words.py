"""Figures of proof as the page shows them."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from huhang.desk.rules.proof import Group, Span

register = template.Library()

PER = 10_000
WIDE, MIDDLE = 220, 110
_FOREST = (
    '<svg class="forest" viewBox="0 0 {w} 14" aria-hidden="true">'
    '<line class="axis" x1="{m}" x2="{m}" y1="0" y2="14"/>'
    '<line class="reach {look}" x1="{low}" x2="{high}" y1="7" y2="7"/>'
    '<circle cx="{value}" cy="7" r="3.5"/></svg>'
)


@register.filter
def per_10k(group: Group) -> str:
    """Complaints per 10,000 parcels; a dash of none."""
    return _number(group.share * PER) if group.parcels else "—"


@register.filter
def span_10k(span: Span | None) -> str:
    return _number(span.value * PER) if span else "—"


@register.filter
def interval_10k(span: Span | None) -> str:
    return f"{_number(span.low * PER)} ~ {_number(span.high * PER)}" if span else ""


@register.filter
def whole(number: float) -> str:
    return _signed(f"{round(number):,}")


@register.simple_tag
def forest(span: Span, reach: float) -> SafeString:
    """The interval as a line across zero; `reach` is the farthest end on the page, so that lines compare."""
    low, value, high = (
        MIDDLE + round(MIDDLE * end / (reach or 1), 1) for end in (span.low, span.value, span.high)
    )
    look = "sure" if span.low > 0 else "harm" if span.high < 0 else ""
    return format_html(
        _FOREST, w=WIDE, m=MIDDLE, look=look, low=max(low, 0), high=min(high, WIDE), value=value
    )


def _number(value: float) -> str:
    return _signed(f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}")


def _signed(text: str) -> str:
    return "0" if text in ("-0", "-0.0") else text.replace("-", "−")
