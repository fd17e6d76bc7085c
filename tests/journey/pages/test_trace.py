"""Finding a parcel and looking at its way: who sees it, what it says, what stays masked."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from huhang.journey.models import WatchRule
from huhang.journey.rules.status import Scan
from huhang.kit import facts
from huhang.kit.models import AuditEntry
from tests.cast import Cast
from tests.factories.network import transit_standard
from tests.journey.pages.scenes import FAILED, NO, SIGNED, a_hit, a_parcel, get, post, signed_in, text, way

__all__ = ["way"]
pytestmark = pytest.mark.django_db


class TestFind:
    def test_is_one_box(self, cast: Cast) -> None:
        answer = get(cast.gao, "journey:find")
        assert answer.status_code == 200
        assert "看过的运单会留在这里" in text(answer)

    @pytest.mark.parametrize("term", ["7514", "13812345678", "5678", "王小明"])
    def test_finds_by_last_four_phone_and_name(self, cast: Cast, way: list[Scan], term: str) -> None:
        a_parcel(cast)
        answer = text(get(cast.gao, "journey:find", query=f"?q={term}"))
        assert f"/journey/w/{NO}/" in answer
        assert "王小明" not in answer.replace(f'value="{term}"', "")

    @pytest.mark.parametrize("written", [NO, "7731 2004 7514"])
    def test_a_whole_number_opens_at_once(self, cast: Cast, way: list[Scan], written: str) -> None:
        a_parcel(cast)
        assert get(cast.gao, "journey:find", query=f"?q={written}").headers["Location"].endswith(f"/w/{NO}/")

    def test_does_not_find_what_is_elsewhere(self, cast: Cast, way: list[Scan]) -> None:
        a_parcel(cast)
        assert NO not in text(get(cast.qian, "journey:find", query="?q=王小明"))
        assert get(cast.qian, "journey:find", query=f"?q={NO}").status_code == 200

    def test_remembers_what_was_looked_at(self, cast: Cast, way: list[Scan]) -> None:
        a_parcel(cast)
        client = signed_in(cast.gao)
        client.get(f"/journey/w/{NO}/")
        assert "最近看过" in client.get("/journey/").content.decode()


class TestSearchBox:
    def test_finds_parcels_for_those_who_may(self, cast: Cast, way: list[Scan]) -> None:
        a_parcel(cast)
        assert NO in text(get(cast.lin, "search", query="?q=5678"))
        assert NO not in text(get(cast.qian, "search", query="?q=5678"))
        assert NO not in text(get(cast.nobody, "search", query="?q=5678"))

    def test_finds_a_number_of_which_only_scans_are_known(self, cast: Cast, way: list[Scan]) -> None:
        assert NO in text(get(cast.gao, "search", query=f"?q={NO}"))


class TestTrace:
    def test_is_for_those_whom_the_parcel_touched(self, cast: Cast, way: list[Scan]) -> None:
        a_parcel(cast)
        seen = {who: get(cast.people[who], "journey:trace", NO).status_code for who in cast.people}
        assert seen == {"gao": 200, "lin": 200, "hua": 200, "qian": 404, "nobody": 403}

    def test_is_seen_where_it_only_passed_through(self, cast: Cast, way: list[Scan]) -> None:
        """Without a waybill's ends, the scans alone say whose it is."""
        assert get(cast.gao, "journey:trace", NO).status_code == 200
        del way[4:]
        assert get(cast.gao, "journey:trace", NO).status_code == 404

    def test_an_unknown_number_is_not_found(self, cast: Cast, way: list[Scan]) -> None:
        assert get(cast.hua, "journey:trace", "770000000000").status_code == 404

    def test_names_the_late_stop_and_its_owner(self, cast: Cast, way: list[Scan]) -> None:
        a_parcel(cast)
        page = text(get(cast.lin, "journey:trace", NO))
        assert "停留超 12 小时" in page
        assert "责任 苏州分拨中心" in page

    def test_allows_what_the_rule_of_that_route_allows(self, cast: Cast, way: list[Scan]) -> None:
        a_parcel(cast)
        assert "满 2 天 预警" in text(get(cast.lin, "journey:trace", NO))
        WatchRule.objects.filter(slug="departed_not_arrived").update(except_routes=[["浙江", "江苏"]])
        WatchRule.objects.filter(slug="departed_not_arrived_remote").update(routes=[["浙江", "*"]])
        assert "满 5 天 预警" in text(get(cast.lin, "journey:trace", NO))

    def test_shows_open_hits_on_top_and_cleared_ones_crossed_out(self, cast: Cast, way: list[Scan]) -> None:
        a_parcel(cast)
        hit = a_hit(cast)
        assert "alert-line" in text(get(cast.lin, "journey:trace", NO))
        hit.cleared_at = hit.raised_at
        hit.save()
        page = text(get(cast.lin, "journey:trace", NO))
        assert "alert-line" not in page
        assert "is-cleared" in page

    @pytest.mark.parametrize("more", [[], [FAILED], [FAILED, SIGNED]])
    def test_masks_people_everywhere(self, cast: Cast, way: list[Scan], more: list[Scan]) -> None:
        way += more
        a_parcel(cast)
        page = text(get(cast.lin, "journey:trace", NO))
        for private in ("13812345678", "13800001111", "19900001234", "王小明", "601室"):
            assert private not in page

    def test_tells_the_state_in_a_word(self, cast: Cast, way: list[Scan]) -> None:
        assert "派送中" in text(get(cast.lin, "journey:trace", NO))
        way += [FAILED, SIGNED]
        assert "异常后签收" in text(get(cast.lin, "journey:trace", NO))

    def test_says_when_it_should_arrive_by_the_standard_while_little_is_known(
        self, cast: Cast, way: list[Scan]
    ) -> None:
        a_parcel(cast)
        assert "预计送达" not in text(get(cast.lin, "journey:trace", NO))
        transit_standard(origin=cast.unit("ZJ"), destination=cast.unit("JS"), hours=42)
        page = text(get(cast.lin, "journey:trace", NO))
        assert "预计送达" in page
        assert "42 小时" in page
        way.append(SIGNED)
        assert "预计送达" not in text(get(cast.lin, "journey:trace", NO))

    def test_an_htmx_request_gets_the_part(self, cast: Cast, way: list[Scan]) -> None:
        answer = text(get(cast.lin, "journey:trace", NO, **{"HX-Request": "true"}))
        assert "<html" not in answer
        assert "route" in answer

    def test_asks_the_database_a_fixed_number_of_times(self, cast: Cast, way: list[Scan]) -> None:
        a_parcel(cast)
        facts.get("simulated")
        client = signed_in(cast.lin)
        client.get(f"/journey/w/{NO}/")
        counts = []
        for rule in ("hub_not_departed", "promise_passed", "out_without_result"):
            a_hit(cast, rule)
            with CaptureQueriesContext(
                connection,
            ) as asked:
                client.get(f"/journey/w/{NO}/")
            counts.append(len(asked))
        assert counts == [counts[0]] * 3
        assert counts[0] <= 23


class TestReveal:
    def test_asks_for_the_purpose_first(self, cast: Cast, way: list[Scan]) -> None:
        a_parcel(cast)
        page = text(get(cast.gao, "journey:reveal", NO, "receiver"))
        assert "用途" in page
        assert "13812345678" not in page

    def test_shows_and_records(self, cast: Cast, way: list[Scan]) -> None:
        a_parcel(cast)
        page = text(post(cast.gao, "journey:reveal", NO, "receiver", purpose="contact"))
        assert "13812345678" in page
        entry = AuditEntry.objects.get(verb="kit.reveal")
        assert (entry.actor, entry.subject, entry.reason) == ("gao", f"waybill:{NO}", "contact")
        assert "13812345678" not in str(entry.after)

    @pytest.mark.parametrize(
        "fields", [{}, {"purpose": "curious"}, {"purpose": "other"}, {"purpose": "other", "note": " "}]
    )
    def test_without_a_purpose_nothing_is_shown(
        self, cast: Cast, way: list[Scan], fields: dict[str, str]
    ) -> None:
        a_parcel(cast)
        answer = post(cast.gao, "journey:reveal", NO, "receiver", **fields)
        assert answer.status_code == 422
        assert "13812345678" not in text(answer)
        assert not AuditEntry.objects.filter(verb="kit.reveal").exists()

    def test_is_refused_to_others(self, cast: Cast, way: list[Scan]) -> None:
        a_parcel(cast)
        assert post(cast.qian, "journey:reveal", NO, "receiver", purpose="contact").status_code == 404
        assert post(cast.nobody, "journey:reveal", NO, "receiver", purpose="contact").status_code == 403
        assert post(cast.gao, "journey:reveal", NO, "everybody", purpose="contact").status_code == 404
