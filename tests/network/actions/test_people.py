"""People: nobody gives more than he holds, nobody keeps people who are not his."""

from datetime import timedelta

import pytest

from huhang.kit.errors import BadInput, NotAllowed
from huhang.kit.imports import Outcome
from huhang.kit.models import AuditEntry
from huhang.network.actions import authority, people
from huhang.network.models import Grant, Person
from huhang.network.queries.tokens import person_of_token
from huhang.network.rules.roles import Role
from huhang.network.rules.rows import PersonRow
from huhang.network.rules.tokens import digest_of
from tests.cast import NOON
from tests.factories import network as made


def row(**values) -> PersonRow:
    return PersonRow(**{"username": "xin", "display_name": "新人", "home": "SZ-WZ", **values})


def recorded() -> list[str]:
    entries = AuditEntry.objects.filter(verb__startswith="network.").order_by("pk")
    return list(entries.values_list("verb", flat=True))


class TestSavePerson:
    def test_adds_somebody_who_cannot_sign_in_yet(self, cast):
        assert people.save_person(row(role="outlet_clerk"), by=cast.gao, now=NOON) is Outcome.CREATED
        xin = Person.objects.get(username="xin")
        assert not xin.has_usable_password()
        assert xin.may("desk.claim", cast.unit("SZ-WZ").path)

    def test_is_idempotent_and_adds_a_second_role(self, cast):
        people.save_person(row(role="outlet_clerk"), by=None, now=NOON)
        assert people.save_person(row(role="outlet_clerk"), by=None, now=NOON) is Outcome.UNCHANGED
        assert people.save_person(row(role="courier"), by=None, now=NOON) is Outcome.UPDATED
        assert Grant.objects.filter(person__username="xin").count() == 2

    def test_refuses_people_of_others(self, cast):
        with pytest.raises(people.PersonUnknown):
            people.save_person(row(username="qian"), by=cast.gao, now=NOON)
        with pytest.raises(authority.UnitUnknown):
            people.save_person(row(home="SZ-GS"), by=cast.gao, now=NOON)

    def test_refuses_to_touch_a_superuser(self, cast):
        made.person("root", is_superuser=True, home=cast.unit("SZ-WZ"))
        with pytest.raises(people.PersonUnknown):
            people.save_person(row(username="root"), by=cast.gao, now=NOON)


class TestGive:
    @pytest.mark.parametrize("role", [Role.HQ_MANAGER, Role.ADMINISTRATOR, Role.PROVINCE_LEAD])
    def test_refuses_more_than_ones_own(self, cast, role):
        with pytest.raises(people.MoreThanOnesOwn):
            people.give(username="gao", role=role, unit_code="SZ-WZ", by=cast.gao, now=NOON)

    def test_refuses_a_unit_of_others(self, cast):
        with pytest.raises(authority.UnitUnknown):
            people.give(username="gao", role=Role.COURIER, unit_code="SZ-GS", by=cast.gao, now=NOON)

    def test_is_on_record_and_can_be_taken_back(self, cast):
        assert people.give(username="nobody", role=Role.COURIER, unit_code="SZ-WZ", by=cast.gao, now=NOON)
        grant = Grant.objects.get(person=cast.nobody)
        people.withdraw(username="nobody", grant_id=grant.pk, by=cast.gao, now=NOON)
        people.withdraw(username="nobody", grant_id=grant.pk, by=cast.gao, now=NOON)
        assert recorded() == ["network.grant", "network.withdraw"]

    def test_refuses_to_take_back_from_above(self, cast):
        grant = made.grant(cast.nobody, "hq_manager", cast.unit("HQ"))
        with pytest.raises(authority.UnitUnknown):
            people.withdraw(username="nobody", grant_id=grant.pk, by=cast.gao, now=NOON)


class TestPassword:
    def test_is_set_and_on_record(self, cast):
        people.set_password(username="nobody", password="three-words-more", by=cast.gao, now=NOON)
        assert Person.objects.get(username="nobody").check_password("three-words-more")
        assert recorded() == ["network.password"]

    def test_refuses_a_weak_one(self, cast):
        with pytest.raises(people.WeakPassword):
            people.set_password(username="nobody", password="12345", by=cast.gao, now=NOON)

    def test_refuses_to_open_a_door_that_one_may_not_enter(self, cast):
        made.grant(cast.nobody, "hq_manager", cast.unit("HQ"))
        with pytest.raises(people.MoreThanOnesOwn):
            people.set_password(username="nobody", password="three-words-more", by=cast.gao, now=NOON)


class TestTokens:
    def test_are_kept_as_digests_only(self, cast):
        token = people.issue_token(username="gao", name="ERP", days=30, by=None, now=NOON)
        kept = cast.gao.tokens.get()
        assert token not in vars(kept).values()
        assert kept.digest == digest_of(token)

    def test_are_for_those_who_keep_the_api(self, cast):
        with pytest.raises(NotAllowed):
            people.issue_token(username="gao", name="ERP", days=30, by=cast.gao, now=NOON)

    def test_can_be_revoked(self, cast):
        people.issue_token(username="gao", name="ERP", days=30, by=None, now=NOON)
        people.revoke_token(username="gao", token_id=cast.gao.tokens.get().pk, by=None, now=NOON)
        assert not cast.gao.tokens.exists()

    def test_a_narrow_token_may_do_what_it_names_and_nothing_else(self, cast) -> None:
        token = people.issue_token(
            username="gao", name="查询", days=30, by=None, now=NOON, scopes=["desk.see"]
        )
        caller = person_of_token(token, NOON)
        assert caller is not None
        assert (caller.person.may("desk.see"), caller.person.may("desk.answer")) == (True, False)
        assert cast.gao.may("desk.answer")

    def test_a_scope_gives_nothing_that_the_person_lacks(self, cast) -> None:
        token = people.issue_token(
            username="gao", name="越权", days=30, by=None, now=NOON, scopes=["journey.rules.edit"]
        )
        caller = person_of_token(token, NOON)
        assert caller is not None
        assert not caller.person.may("journey.rules.edit")

    def test_an_unknown_scope_is_named(self, cast) -> None:
        with pytest.raises(BadInput, match=r"desk\.fly"):
            people.issue_token(username="gao", name="x", days=30, by=None, now=NOON, scopes=["desk.fly"])

    def test_its_use_is_written_down_to_the_minute(self, cast, django_assert_num_queries) -> None:
        token = people.issue_token(username="gao", name="ERP", days=30, by=None, now=NOON)
        person_of_token(token, NOON)
        with django_assert_num_queries(1):
            person_of_token(token, NOON + timedelta(seconds=50))
        assert cast.gao.tokens.get().used_at == NOON
        assert person_of_token(token, NOON + timedelta(days=30)) is None
