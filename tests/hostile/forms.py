"""Forms that are right in every field: what keeps strangers out must be the wall, not a missing field."""

from collections.abc import Mapping
from datetime import timedelta

from django.utils import timezone

from huhang.journey.models import FeedWord, LinkStandard, Parked, Reminder, ReminderPolicy, Storm, WatchRule
from huhang.journey.pages.rule_form import filled_in
from huhang.journey.pages.storm_form import filled_in as storm_filled_in

Form = Mapping[str, object]


def of_the_watch(slug: str) -> dict[str, Form]:
    """By the end of the address; those of the outlet 吴中 and of the whole house."""
    storm, rule = Storm.objects.get(), WatchRule.objects.get(slug=slug)
    every = {"reminder": list(Reminder.objects.values_list("pk", flat=True))}
    typed = dict(filled_in(rule)) | {"reason": "x", "name_zh": "改了"}
    typed = {key: value for key, value in typed.items() if value is not None and value is not False}
    later = f"{timezone.localtime() + timedelta(hours=9):%Y-%m-%dT%H:%M}"
    given = storm_filled_in(storm) | {
        "ends_at": later,
        "ready": "other",
        "reason_zh": "改了",
        "reason_en": "x",
    }
    return {
        "/storms/new/": given | {"version": 0},
        f"/storms/{storm.pk}/": given | {"storm": storm.pk},
        f"/storms/{storm.pk}/end/": {},
        "/storms/preview/": given | {"storm": storm.pk},
        f"/rules/{slug}/": typed,
        f"/rules/{slug}/copy/": {},
        f"/rules/{slug}/switch/": {"on": "" if rule.is_enabled else "1"},
        "/rules/preview/": typed | {"slug": slug},
        "/rules/new/": typed | {"kind": rule.kind},
        "/reminders/mine/handle/": every,
        "/reminders/mine/not-mine/": every,
        "/reminders/policies/new/": {"rule": WatchRule.objects.order_by("-number")[0].slug},
        "/reminders/policies/share/": {"rule": slug, "percent": "7"},
        f"/reminders/policies/{_policy(slug)}/": {
            "version": 1, "quiet_from": "20:00", "quiet_to": "09:00", "window_minutes": 3,
        },
        f"/reminders/policies/{_policy(slug)}/drop/": {},
        "/intake/parked/settle/": {"ids": list(Parked.objects.values_list("pk", flat=True)), "do": "drop"},
        "/intake/feeds/new/": {"slug": "another", "kind": "kuaidi100"},
        f"/intake/feeds/{slug}/": {"carrier": "sto"},
        f"/intake/feeds/{slug}/secret/": {"secret": "of-my-own"},
        "/intake/words/": {"kind": "carrier", "theirs": "别家", "ours": "sto"},
        "/intake/words/forget/": {"word_id": FeedWord.objects.get().pk},
        "/links/standards/": {"kind": "delivery", "minutes": 5, "origin": "SZ-WZ"},
        f"/links/standards/{LinkStandard.objects.get(origin__code='SZ-WZ').pk}/remove/": {},
    }  # fmt: skip


def _policy(slug: str) -> int:
    return ReminderPolicy.objects.get(rule__slug=slug).pk


def for_address(forms: Mapping[str, Form], address: str) -> Form | None:
    """The right form for this address, if it takes one of its own."""
    return next((form for end, form in forms.items() if address == f"/journey{end}"), None)
