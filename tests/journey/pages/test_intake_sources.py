"""The page of the intake: sources by hour, silence, what was put aside, and the books that must agree."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from huhang.journey.models import FeedAccount, FeedWord, Parked
from huhang.kit.models import AuditEntry
from tests.cast import Cast
from tests.factories import journey as factory
from tests.factories import network
from tests.journey.pages.scenes import get, post, signed_in, text

pytestmark = pytest.mark.django_db
PHONE = "13812345678"


def shown(response: Any) -> str:
    return text(response)


def hour(back: float = 0) -> datetime:
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=back)


class TestSources:
    def test_each_source_tells_what_became_of_its_scans(self, cast: Cast) -> None:
        for what, amount in [
            ("received", 17),
            ("accepted", 11),
            ("doubled", 3),
            ("refused", 2),
            ("parked", 1),
        ]:
            factory.intake_count("kuaidi100:main", what, amount, hour=hour(), last_at=timezone.now())
        page = text(get(cast.hua, "journey:intake"))
        assert "快递100 main" in page
        assert all(f">{amount}<" in page for amount in (17, 11, 3, 2, 1))

    def test_who_falls_silent_is_named(self, cast: Cast) -> None:
        for day in range(8):
            at = hour(24 * day + (4 if day == 0 else 0))
            factory.intake_count("kdniao:bird", "received", 5, hour=at, last_at=at)
        assert "没有声音" in text(get(cast.hua, "journey:intake"))

    def test_hours_and_reasons_of_one_source(self, cast: Cast) -> None:
        factory.intake_count(
            "kdniao:bird", "refused", 4, hour=hour(), reason="forged", last_at=timezone.now()
        )
        page = text(get(cast.hua, "journey:intake_source", query="?source=kdniao:bird"))
        assert "签名不符 4" in page
        assert get(cast.hua, "journey:intake_source", query="?source=nobody").status_code == 404

    def test_books_that_disagree_come_first(self, cast: Cast) -> None:
        factory.reconciliation("kdniao:bird", hour=hour(30), counted=3, manifest=2, in_files=2, is_well=False)
        factory.reconciliation("kdniao:bird", hour=hour(1))
        page = text(get(cast.hua, "journey:intake"))
        assert page.index("不符") < page.index(">相符<")

    def test_whoever_feeds_a_part_sees_only_his_own(self, cast: Cast) -> None:
        lead = network.person("js-lead", home=cast.unit("JS"))
        network.grant(lead, "province_lead", cast.unit("JS")) if hasattr(
            network, "grant"
        ) else lead.grants.create(role="province_lead", unit=cast.unit("JS"))
        factory.intake_count("kdniao:bird", "received", 5, hour=hour(), last_at=timezone.now())
        factory.intake_count("api:js-lead", "received", 5, hour=hour(), last_at=timezone.now())
        factory.parked("kdniao:bird", detail="别人的")
        assert "快递鸟" not in text(get(lead, "journey:intake"))
        assert "js-lead" in text(get(lead, "journey:intake"))
        assert "别人的" not in text(get(lead, "journey:parked"))

    def test_costs_a_known_number_of_statements(
        self, cast: Cast, django_assert_max_num_queries: object
    ) -> None:
        for number in range(5):
            factory.intake_count(f"kdniao:{number}", "received", 5, hour=hour(), last_at=timezone.now())
            factory.parked(f"kdniao:{number}")
        client = signed_in(cast.hua)
        client.get("/journey/intake/")
        with django_assert_max_num_queries(16):  # type: ignore[operator]
            client.get("/journey/intake/")


class TestParked:
    def test_content_is_masked_on_the_page_and_in_the_file(self, cast: Cast) -> None:
        factory.parked(raw=f"派件员电话 {PHONE}", detail="不认识的承运商“feiniu”")
        for name in ("journey:parked", "journey:parked_csv"):
            content = get(cast.hua, name).content.decode("utf-8-sig")
            assert "feiniu" in content
            assert PHONE not in content
            assert "138******78" in content

    def test_is_narrowed_by_reason_and_state(self, cast: Cast) -> None:
        factory.parked(reason="forged", state="refused", detail="假的")
        factory.parked(detail="待补")
        assert "假的" not in text(get(cast.hua, "journey:parked"))
        assert "假的" in text(get(cast.hua, "journey:parked", query="?state=refused&reason=forged"))

    def test_can_be_given_up(self, cast: Cast) -> None:
        row = factory.parked()
        assert post(cast.hua, "journey:parked_settle", ids=[row.pk], do="drop").status_code == 204
        row.refresh_from_db()
        assert (row.state, row.settled_by) == ("dropped", "hua")

    def test_only_keepers_of_feeds_settle(self, cast: Cast) -> None:
        row = factory.parked()
        assert post(cast.gao, "journey:parked_settle", ids=[row.pk], do="drop").status_code == 403
        assert Parked.objects.get().state == "parked"


class TestAccounts:
    def test_a_new_one_shows_its_secret_once(self, cast: Cast) -> None:
        answer = signed_in(cast.hua).post("/journey/intake/feeds/new/", {
            "slug": "main", "kind": "kuaidi100", "secret": "", "partner_no": "", "carrier": ""})  # fmt: skip
        account = FeedAccount.objects.get()
        assert account.secret in shown(answer)
        assert account.key in shown(answer)
        assert answer["Cache-Control"] == "no-store"
        for page in ("/journey/intake/feeds/", "/journey/intake/feeds/main/"):
            assert account.secret not in shown(signed_in(cast.hua).get(page))
        assert account.secret not in str(list(AuditEntry.objects.values_list("after", flat=True)))

    @pytest.mark.parametrize("slug", ["", "Ü", "a b", "-x", "x" * 40, "main"])
    def test_a_bad_or_taken_name_is_told(self, cast: Cast, slug: str) -> None:
        factory.feed_account("main")
        answer = signed_in(cast.hua).post("/journey/intake/feeds/new/", {"slug": slug, "kind": "kdniao"})
        assert answer.status_code == 422
        assert FeedAccount.objects.count() == 1

    def test_a_secret_is_renewed_and_an_account_rested(self, cast: Cast) -> None:
        factory.feed_account("main")
        client = signed_in(cast.hua)
        client.post("/journey/intake/feeds/main/secret/", {"secret": "other"})
        client.post("/journey/intake/feeds/main/", {"partner_no": "7", "carrier": "yto"})
        account = FeedAccount.objects.get()
        assert (account.secret, account.partner_no, account.is_enabled) == ("other", "7", False)

    def test_only_keepers_of_feeds_come_in(self, cast: Cast) -> None:
        factory.feed_account("main")
        for person in (cast.gao, cast.lin):
            for page in ("", "new/", "main/"):
                assert signed_in(person).get(f"/journey/intake/feeds/{page}").status_code == 403
        assert Client().get("/journey/intake/feeds/").status_code == 302


class TestWords:
    def test_are_added_and_removed(self, cast: Cast) -> None:
        client = signed_in(cast.hua)
        client.post("/journey/intake/words/", {"kind": "carrier", "theirs": "feiniu", "ours": "sf"})
        word = FeedWord.objects.get()
        assert "feiniu" in shown(client.get("/journey/intake/words/"))
        client.post("/journey/intake/words/forget/", {"word_id": word.pk})
        assert not FeedWord.objects.exists()
        assert AuditEntry.objects.filter(verb__startswith="journey.word").count() == 2

    @pytest.mark.parametrize("word", [("carrier", "a*b"), ("dance", "a"), ("carrier", "")])
    def test_a_bad_one_is_told(self, cast: Cast, word: tuple[str, str]) -> None:
        told = {"kind": word[0], "theirs": word[1], "ours": "sf"}
        assert signed_in(cast.hua).post("/journey/intake/words/", told).status_code == 422
