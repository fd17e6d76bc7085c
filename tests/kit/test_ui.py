"""How things look, as far as a test can say: the words of times, contrast, what the tags write."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.signing import BadSignature
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from huhang.kit import live
from huhang.kit.ui import words
from huhang.kit.ui.lists import cut

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
STATIC = Path(__file__).resolve().parents[2] / "huhang/kit/ui/static"


def render(source: str, **context: object) -> str:
    request = RequestFactory().get("/list/?unit=SZ&page=3")
    request.now = NOON  # type: ignore[attr-defined]
    full = Context({"request": request, **context})
    full.request = request  # type: ignore[attr-defined]
    return Template(source).render(full)


def minutes(n: float) -> datetime:
    return NOON + timedelta(minutes=n)


@pytest.mark.parametrize(
    ("number", "groups"),
    [
        ("773123456789", "7731 2345 6789"),
        ("7731234567890", "7 7312 3456 7890"),
        ("YT1234567890123", "YT 1 2345 6789 0123"),
        ("SF123456789012", "SF 1234 5678 9012"),
        ("e481f51cbdc54678", "e481 f51c bdc5 4678"),
        ("", ""),
    ],
)
def test_waybills_are_read_in_fours_from_the_end(number, groups):
    assert " ".join(words.in_fours(number)) == groups


def test_a_copied_waybill_has_no_spaces():
    text = re.sub(r"<[^>]+>", "", render("{{ no|waybill }}", no="773123456789"))
    assert text == "773123456789"


@pytest.mark.parametrize(
    ("since", "due", "state"),
    [
        (-5, 10, "on-time"),
        (-7.5, 7.5, "soon"),
        (-12, 3, "urgent"),
        (-15, 0, "urgent"),
        (-16, -1, "late"),
        (None, 60, "on-time"),
        (None, 14, "soon"),
        (None, 4, "urgent"),
        (None, -1, "late"),
    ],
)
def test_a_clock_changes_colour_by_the_share_of_its_time(since, due, state):
    begun = minutes(since) if since is not None else None
    assert words.state_of_clock(due=minutes(due), since=begun, now=NOON) == state


@pytest.mark.parametrize(
    ("left", "text"),
    [(192, "剩 03:12"), (-160, "超 02:40"), (3792, "剩 1:03:12"), (180000, "剩 2天 02:00"), (0, "剩 00:00")],
)
def test_time_left_is_counted_in_words(left, text):
    assert words.clock_text(left) == text


def test_a_paused_clock_stands_still():
    html = render("{% countdown due since paused %}", due=minutes(10), since=minutes(-5), paused=minutes(-2))
    assert "clock-paused" in html
    assert "data-paused" in html
    assert "暂停 12:00" in html


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-30, "刚刚"), (-180, "3分钟前"), (7300, "2小时后"), (-200000, "2天前")],
)
def test_moments_are_told_by_their_distance(seconds, text):
    assert words.relative(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(40, "40 秒"), (1500, "25 分"), (7500, "2 小时 5 分"), (7200, "2 小时"), (273600, "3 天 4 小时")],
)
def test_lengths_of_time_have_two_units_at_most(seconds, text):
    assert words.span(seconds) == text


def test_a_moment_of_today_is_only_a_time():
    assert words.short(minutes(-60), NOON) == "11:00"
    assert words.short(minutes(-60 * 24), NOON) == "11-19 12:00"
    assert words.short(minutes(-60 * 24 * 400), NOON).startswith("2025-")


def test_masks_show_that_they_are_masks():
    html = render("{{ phone|mask_phone }} {{ name|mask_name }}", phone="13812345678", name="王小明")
    assert "12345" not in html
    assert "小明" not in html
    assert html.count('class="masked"') == 2


def test_what_people_typed_is_escaped():
    html = render("{{ name|mask_name }}{{ no|waybill }}{% state name %}", name="<b>x", no="<script>1")
    assert "<b>" not in html
    assert "<script" not in html


def test_states_carry_a_word_as_well_as_a_colour():
    for name in words.STATES:
        assert re.sub(r"<[^>]+>", "", render("{% state name %}", name=name)).strip()


@pytest.mark.django_db
def test_a_page_hears_only_the_topics_that_it_was_signed_for():
    html = render(
        '{% live_topics "desk.ticket desk.clock" paths %}', paths=["/HQ/JS/"], push_url="http://x/push"
    )
    token = re.search(r'data-live="([^"]+)"', html)
    assert token
    assert live.unsign(token[1]) == ["desk.clock@/HQ/JS/", "desk.ticket@/HQ/JS/"]
    assert 'data-kinds="desk.ticket desk.clock"' in html
    with pytest.raises(BadSignature):
        live.unsign(token[1][:-2])


@pytest.mark.django_db
def test_a_page_listens_from_the_moment_it_was_painted():
    live.announce("desk.ticket", path="/HQ/", ref=1)
    assert f'data-last="{live.latest()}"' in render('{% live_topics "desk.ticket" refs=7 %}')


def test_a_list_knows_whether_there_is_more_without_counting():
    request = RequestFactory().get("/", {"page": "2"})
    page = cut(list(range(25)), request, size=10)
    assert (page.rows[0], len(page), page.has_next, page.has_previous) == (10, 10, True, True)


@pytest.mark.parametrize("asked", ["0", "-1", "x", "99999999999", ""])
def test_a_page_number_that_means_nothing_still_opens_a_list(asked):
    assert cut([1, 2], RequestFactory().get("/", {"page": asked})).number >= 1


def test_paging_and_sorting_keep_the_filters():
    html = render(
        '{% sort_link "due" "到期" %}{% pages cut %}', cut=cut(range(200), RequestFactory().get("/?page=2"))
    )
    assert "?unit=SZ&amp;sort=due" in html
    assert "unit=SZ&amp;page=3" in html


def test_english_says_the_same():
    with translation.override("en"):
        assert words.in_fours("12345678") == ["1234", "5678"]


def tokens(theme: str) -> dict[str, str]:
    css = (STATIC / "css/huhang.css").read_text()
    block = re.search(rf'\[data-bs-theme="{theme}"\] {{(.*?)}}', css, re.DOTALL)
    assert block
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block[1]))


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_pair_of_colours_can_be_read(theme):
    t = tokens(theme)
    grounds = ("ground", "surface", "sunken")
    pairs = [(text, ground) for text in ("ink", "quiet", "brand-ink") for ground in grounds]
    pairs += [
        (state, g) for state in ("on-time", "soon", "urgent", "late", "paused") for g in ("ground", "surface")
    ]
    pairs += [(state, f"{state}-tint") for state in ("on-time", "soon", "urgent", "late", "paused")]
    pairs += [
        ("on-brand", "brand"),
        ("on-brand", "brand-strong"),
        ("brand-ink", "brand-tint"),
        ("surface", "late"),
    ]
    poor = {
        pair: round(contrast(t[pair[0]], t[pair[1]]), 2)
        for pair in pairs
        if contrast(t[pair[0]], t[pair[1]]) < 4.5
    }
    assert not poor


def test_the_customers_page_is_light():
    """Style and script of the public layout stay well under 60 KB together."""
    size = sum(
        (STATIC / name).stat().st_size for name in ("css/public.css", "js/countdown.js", "img/huhang.svg")
    )
    assert size < 20_000


def test_no_template_has_a_script_or_handler_in_it():
    """The content policy would refuse them; better to see it here than in a browser."""
    root = STATIC.parents[2]
    inline = re.compile(
        r"<script(?![^>]*\bsrc=)|\son(click|change|submit|load|input)=|hx-on|javascript:", re.IGNORECASE
    )
    wrong = [
        str(f.relative_to(root)) for f in root.rglob("templates/**/*.html") if inline.search(f.read_text())
    ]
    assert not wrong
