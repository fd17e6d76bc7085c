"""Everything that a person can do at the desk a program can do as well: each page's verb has its operation."""

import pytest
from django.db import transaction
from django.urls import URLPattern

from huhang.config.api import api
from huhang.desk import urls
from tests.cast import Cast
from tests.hostile.ground import browser, scene
from tests.hostile.test_walls import _filled

pytestmark = pytest.mark.django_db
ROOT = "/api/v1"

# A verb of a page, and what a program asks for instead.
OPERATIONS = {
    "claim_next": "post /window/next",
    "remind": "post /window/remind",
    "claim_in_window": "post /tickets/{no}/claim",
    "claim_in_list": "post /tickets/{no}/claim",
    "baseline": "put /baselines/{code}",
    "screen_new": "post /screens",
    "screen_revoke": "delete /screens/{screen_id}",
    "tickets_csv": "get /tickets",
    "tickets_xlsx": "get /tickets",
    "view_save": "post /views",
    "view_change": "patch /views/{view_id}",
    "view_rename": "patch /views/{view_id}",
    "view_move": "post /views/{view_id}/move",
    "view_remove": "delete /views/{view_id}",
    "bulk_ask": "post /bulk/preview",
    "bulk_begin": "post /bulk",
    "bulk_undo": "post /bulk/{run_id}/undo",
    "open": "post /tickets",
    "new_policy": "post /policies",
    "policy": "put /policies/{policy_id}",
    "remove_policy": "delete /policies/{policy_id}",
    "calendar_new": "post /calendars",
    "calendar_days": "put /calendar_days",
    "calendar": "put /calendars/{key}",
    "new_pause_reason": "post /pause_reasons",
    "pause_reason": "put /pause_reasons/{code}",
    "answer_delay": "put /answer_delays/{code}",
    "take_back": "post /tickets/{no}/entries/{entry_id}/take_back",
    "new_closing_reason": "post /closing_reasons",
    "closing_reason": "put /closing_reasons/{code}",
    "step_drop": "post /tickets/{no}/steps/{step_id}/drop",
    "plan_new": "post /plans",
    "plan": "put /plans/{plan_id}",
    "plan_delete": "delete /plans/{plan_id}",
    "template_new": "post /plans/{plan_id}/steps",
    "template": "put /plan_steps/{template_id}",
    "template_move": "post /plan_steps/{template_id}/move",
    "template_delete": "delete /plan_steps/{template_id}",
    "vote_cast": "put /votes/{code}",
    "trace_policy": "put /trace_policy",
    "trace_roll": "post /traces/{no}/roll",
    "trace_close": "post /traces/{no}/close",
    "trace_acknowledge": "post /traces/{no}/nodes/{step_id}/acknowledge",
    "trace_answer": "post /traces/{no}/nodes/{step_id}/answer",
    "trace_new": "post /tickets/{no}/traces",
    "merge": "post /tickets/{no}/merge",
    "unmerge": "post /tickets/{no}/unmerge",
    "split": "post /tickets/{no}/split",
    "link_cases": "post /tickets/{no}/links",
    "part_ways": "delete /tickets/{no}/links/{link_id}",
    "follow": "post /tickets/{no}/follow",
    "unfollow": "post /tickets/{no}/unfollow",
    "draft": "put /tickets/{no}/drafts",
    "take_draft": "post /tickets/{no}/drafts/take",
    "macro_run": "post /tickets/{no}/macros/{macro_id}",
    "macro": "put /macros/{macro_id}",
    "macro_remove": "delete /macros/{macro_id}",
    "claim": "post /tickets/{no}/claim",
    "answer": "post /tickets/{no}/answer",
    "note": "post /tickets/{no}/note",
    "resolve": "post /tickets/{no}/resolve",
    "hand_over": "post /tickets/{no}/hand_over",
    "step_add": "post /tickets/{no}/steps",
    "step_claim": "post /tickets/{no}/claim",
    "step_resolve": "post /tickets/{no}/resolve",
    "step_hand_over": "post /tickets/{no}/hand_over",
    "step_refuse": "post /tickets/{no}/steps/{step_id}/refuse",
    "step_split": "post /tickets/{no}/steps/{step_id}/split",
    "close": "post /tickets/{no}/close",
    "reopen": "post /tickets/{no}/reopen",
    "weigh": "post /tickets/{no}/weigh",
    "call_off": "post /tickets/{no}/withdraw",
    "correct": "post /tickets/{no}/correct",
    "reclassify": "post /tickets/{no}/reclassify",
    "pause": "post /tickets/{no}/pause",
    "resume": "post /tickets/{no}/resume",
    "link": "post /tickets/{no}/progress_links",
    "link_sms": "post /tickets/{no}/progress_links/sms",
    "link_embed": "post /tickets/{no}/progress_links",
    "embed_allow": "post /tickets/{no}/websites",
    "embed_forbid": "delete /tickets/{no}/websites/{website_id}",
    "unlink": "delete /tickets/{no}/progress_links",
    "open_seat": "post /seats",
    "weight": "put /assignment_policies/{policy_id}",
    "seat": "put /seats/{seat_id}",
    "take_off": "post /seats/{seat_id}/off",
    "close_seat": "delete /seats/{seat_id}",
    "portfolio": "post /seats/{seat_id}/portfolio",
    "withdraw_portfolio": "delete /seats/{seat_id}/portfolio/{member_id}",
    "own_seat": "put /seats/own/status",
    "assign": "post /tickets/{no}/assign",
    "unassign": "post /tickets/{no}/unassign",
    "contact": "post /tickets/{no}/contact",
    "attach": "post /tickets/{no}/files",
    "refer_video": "post /tickets/{no}/videos",
    "show_attachment": "put /tickets/{no}/files/{attachment_id}",
    "bench_say": "post /conversations/{no}/messages",
    "bench_take": "post /conversations/{no}/take",
    "bench_take_over": "post /conversations/{no}/take_over",
    "bench_close": "post /conversations/{no}/close",
    "bench_transfer": "post /conversations/{no}/transfer",
    "bench_call_back": "post /conversations/{no}/call_back",
    "bench_prove": "post /conversations/{no}/prove",
    "bench_send_parcel": "post /conversations/{no}/parcel",
    "bench_case": "post /conversations/{no}/case",
    "bench_draft": "put /conversations/{no}/draft",
    "bench_seen": "put /conversations/{no}/read",
    "bench_call_report": "put /calls/{call_id}/report",
    "bench_owed_next": "post /call_backs/next",
    "bench_owed_work": "post /call_backs/{callback_id}/{verb}",
}
# What only a screen needs, and why no program does.
OF_SCREENS = {
    "columns": "how wide one's own list is on the screen",
    "here": "that somebody has the case open in a browser just now",
    "seat_beat": "the browser's own sign of life; PUT /seats/own/status gives it as well",
}


def _verbs(cast: Cast) -> set[str]:
    """The names of all addresses of the desk that take a POST."""
    walked, found = scene(cast), set[str]()
    cast.hua.is_superuser = True  # so that nobody's rights hide a verb
    cast.hua.save()
    client = browser(cast.hua, raising=False)
    for route in urls.urlpatterns:
        assert isinstance(route, URLPattern)
        assert route.name
        address = _filled(f"/desk/{route.pattern}", walked.desk.of(str(route.pattern)))
        with transaction.atomic():
            if client.post(address, {}).status_code != 405:
                found.add(route.name)
            transaction.set_rollback(True)
    return found


def test_every_verb_of_a_page_is_one_of_the_api(cast: Cast) -> None:
    verbs = _verbs(cast)
    assert verbs - OPERATIONS.keys() - OF_SCREENS.keys() == set()
    assert OPERATIONS.keys() | OF_SCREENS.keys() <= verbs


def test_every_operation_named_is_there() -> None:
    paths = api.get_openapi_schema()["paths"]
    there = {f"{method} {path.removeprefix(ROOT)}" for path, ways in paths.items() for method in ways}
    assert set(OPERATIONS.values()) <= there
