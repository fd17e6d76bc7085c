"""What vendors let us write: what each act opens, what is left at a moment, and when it is possible again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huhang.channels.rules import quotas
from huhang.channels.rules.entrances import EntranceKind
from huhang.channels.rules.incoming import Incoming
from huhang.channels.rules.matter import Sort
from huhang.channels.rules.quotas import WITHOUT_LIMIT, Cause, Standing, Window

NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
WECHAT, WECOM, WEIBO = EntranceKind.WECHAT, EntranceKind.WECOM, EntranceKind.WEIBO


def left(kind: EntranceKind, cause: Cause, *, after: timedelta, sent: int = 0) -> int:
    window = quotas.opened(kind, cause, NOON)
    windows: tuple[Window, ...] = (window,) if window else ()
    for _ in range(sent):
        windows = quotas.after_sending(windows, now=NOON + SECOND)
    return quotas.standing(windows, now=NOON + after).left


@pytest.mark.parametrize(
    ("kind", "cause", "after", "sent", "expected"),
    [
        (WECHAT, Cause.MESSAGE, SECOND, 0, 5),
        (WECHAT, Cause.MESSAGE, SECOND, 4, 1),
        (WECHAT, Cause.MESSAGE, SECOND, 5, 0),
        (WECHAT, Cause.MESSAGE, SECOND, 6, 0),  # never below nothing
        (WECHAT, Cause.MESSAGE, 48 * HOUR - SECOND, 0, 5),
        (WECHAT, Cause.MESSAGE, 48 * HOUR, 0, 0),  # at the very end it is shut
        (WECHAT, Cause.MENU, MINUTE - SECOND, 0, 3),  # a click is not a message
        (WECHAT, Cause.MENU, MINUTE, 0, 0),
        (WECHAT, Cause.FOLLOW, SECOND, 2, 1),
        (WECHAT, Cause.SCAN, SECOND, 3, 0),
        (WECHAT, Cause.PAYMENT, 47 * HOUR, 1000, WITHOUT_LIMIT - 1000),
        (WECOM, Cause.MESSAGE, HOUR, 2, 3),
        (WECOM, Cause.MENU, SECOND, 0, 0),  # WeCom opens for messages alone
        (WEIBO, Cause.MESSAGE, 47 * HOUR, 50, WITHOUT_LIMIT - 50),
        (WEIBO, Cause.MENTION, HOUR, 1, 0),
    ],
)
def test_what_an_act_leaves(
    kind: EntranceKind, cause: Cause, after: timedelta, sent: int, expected: int
) -> None:
    assert left(kind, cause, after=after, sent=sent) == expected


@pytest.mark.parametrize(
    ("sort", "event", "expected"),
    [
        (Sort.TEXT, "", Cause.MESSAGE),
        (Sort.IMAGE, "", Cause.MESSAGE),
        (Sort.TEXT, "menu_reply", Cause.MENU),  # pressed in a menu of ours: looks like words
        (Sort.EVENT, "click", Cause.MENU),
        (Sort.EVENT, "scancode_waitmsg", Cause.MENU),
        (Sort.EVENT, "view", None),  # a button that opens a page
        (Sort.EVENT, "subscribe", Cause.FOLLOW),
        (Sort.EVENT, "scan", Cause.SCAN),
        (Sort.EVENT, "location", None),
        (Sort.EVENT, "unsubscribe", None),
    ],
)
def test_what_a_fact_opens(sort: Sort, event: str, expected: Cause | None) -> None:
    assert quotas.cause_of(Incoming("1", "o", NOON, sort=sort, event=event)) == expected


class TestWindows:
    def test_a_new_message_opens_a_full_window_again(self) -> None:
        first, second = message(NOON), message(NOON + HOUR)
        spent = quotas.shut(quotas.with_window((), first))
        assert quotas.standing(quotas.with_window(spent, second), now=NOON + HOUR) == Standing(
            5, NOON + 49 * HOUR
        )

    def test_a_message_told_again_fills_nothing_up(self) -> None:
        windows = quotas.after_sending(quotas.with_window((), message(NOON)), now=NOON)
        assert quotas.standing(quotas.with_window(windows, message(NOON)), now=NOON).left == 4

    def test_a_message_told_late_fills_nothing_up(self) -> None:
        windows = quotas.after_sending(quotas.with_window((), message(NOON)), now=NOON)
        late = quotas.with_window(windows, message(NOON - HOUR))
        assert quotas.standing(late, now=NOON) == Standing(4, NOON + 48 * HOUR)

    def test_what_left_before_the_callback_came_has_paid_already(self) -> None:
        window = quotas.opened(WECHAT, Cause.MESSAGE, NOON, sent_since=2)
        assert window is not None
        assert quotas.standing((window,), now=NOON).left == 3

    def test_a_click_lends_three_when_the_message_is_used_up(self) -> None:
        click = quotas.opened(WECHAT, Cause.MENU, NOON + HOUR)
        assert click is not None
        windows = quotas.with_window(quotas.shut((message(NOON),)), click)
        assert quotas.standing(windows, now=NOON + HOUR).left == 3
        assert quotas.standing(windows, now=NOON + HOUR + MINUTE).left == 0

    def test_a_click_does_not_add_to_a_message(self) -> None:
        click = quotas.opened(WECHAT, Cause.MENU, NOON)
        assert click is not None
        assert quotas.standing((message(NOON), click), now=NOON).left == 5

    def test_nothing_is_open_for_a_stranger(self) -> None:
        assert quotas.standing((), now=NOON) == Standing()

    def test_kinds_without_a_count_open_nothing(self) -> None:
        assert quotas.opened(EntranceKind.WEB_CHAT, Cause.MESSAGE, NOON) is None


def message(at: datetime) -> Window:
    window = quotas.opened(WECHAT, Cause.MESSAGE, at)
    assert window is not None
    return window


acts = st.lists(st.tuples(st.sampled_from(Cause), st.integers(0, 200_000)), max_size=6)


@given(acts, st.randoms(use_true_random=False), st.integers(0, 400_000))
def test_the_order_of_telling_does_not_matter(acts, random, later) -> None:
    windows: tuple[Window, ...] = ()
    for cause, seconds in acts:
        window = quotas.opened(WECHAT, cause, NOON + seconds * SECOND)
        windows = quotas.with_window(windows, window) if window else windows
    told = [*acts, *acts[:2]]
    random.shuffle(told)
    shuffled: tuple[Window, ...] = ()
    for cause, seconds in told:
        window = quotas.opened(WECHAT, cause, NOON + seconds * SECOND)
        shuffled = quotas.with_window(shuffled, window) if window else shuffled
    now = NOON + later * SECOND
    assert quotas.standing(windows, now=now) == quotas.standing(shuffled, now=now)


@given(acts, st.integers(0, 60), st.integers(0, 400_000))
def test_what_is_left_only_shrinks_by_writing(acts, sent, later) -> None:
    windows = tuple(
        window for cause, s in acts if (window := quotas.opened(WECHAT, cause, NOON + s * SECOND))
    )
    now = NOON + later * SECOND
    before = quotas.standing(windows, now=now).left
    for _ in range(sent):
        windows = quotas.after_sending(windows, now=now)
    assert quotas.standing(windows, now=now).left <= max(before - sent, 0) or before == 0


class TestLetters:
    @pytest.mark.parametrize(
        ("sort", "text", "files", "extra", "number"),
        [
            ("text", "好", 0, {}, 1),
            ("text", "长" * 700, 0, {}, 2),
            ("file", "", 3, {}, 3),
            ("text", "看图", 2, {}, 3),
            ("text", "", 0, {}, 1),
            ("card", "长" * 2000, 1, {"url": "https://x"}, 1),
            ("card", "长" * 700, 1, {"card": "parcel"}, 3),
            ("link", "长" * 2000, 0, {}, 1),
            ("text", "请评价", 0, {"menu": "[]"}, 1),
        ],
    )
    def test_counts_for_as_many_as_it_is_sent_in(
        self, sort: str, text: str, files: int, extra: dict[str, str], number: int
    ) -> None:
        kind = EntranceKind.WECHAT
        assert quotas.messages_in(kind, sort=sort, text=text, files=files, extra=extra) == number

    def test_weibo_takes_long_words_in_one(self) -> None:
        kind = EntranceKind.WEIBO
        assert quotas.messages_in(kind, sort="text", text="长" * 4000, files=0, extra={}) == 1

    def test_notices_have_rules_of_their_own(self) -> None:
        assert not quotas.is_counted({"template": "T1"})
        assert not quotas.is_counted({"welcome_code": "w"})
        assert quotas.is_counted({"url": "https://x"})

    def test_says_why_not(self) -> None:
        window = quotas.Window(quotas.Cause.MESSAGE, 2, NOON)
        before = NOON - timedelta(minutes=1)
        assert quotas.why_not([window], 2, now=before) is None
        assert quotas.why_not([window], 3, now=before) == quotas.Closed.TOO_MUCH
        assert quotas.why_not([window], 1, now=NOON) == quotas.Closed.TOO_LATE
        assert quotas.why_not(quotas.shut([window]), 1, now=before) == quotas.Closed.USED_UP
        assert quotas.why_not([], 1, now=before) == quotas.Closed.TOO_LATE
