"""A reading gives the models that its queryset gives."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import QuerySet

from huhang.kit.models import Calendar
from huhang.kit.readings import Given, Reading
from huhang.network.models import OrgUnit, Person
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def _people(path: Any) -> QuerySet[Person]:
    return Person.objects.filter(home__path=path).select_related("home").order_by("username")


AT = Reading(lambda: _people(Given("path")))
NAMED = Reading(lambda: Calendar.objects.filter(key=Given("key"))[:1])
JOINED_BEFORE = Reading(lambda: Person.objects.filter(date_joined__lt=Given("at"), is_active=True))


def test_gives_the_same_rows_with_what_they_are_joined_to(cast: Cast, django_assert_num_queries: Any) -> None:
    path = cast.unit("SZ-WZ").path
    wanted = list(_people(path))
    with django_assert_num_queries(1):
        found = AT.rows(path=path)
        homes = [person.home for person in found]
    assert found == wanted
    assert wanted
    assert homes == [OrgUnit.objects.get(path=path)] * len(wanted)
    assert [vars(a.home) | {"_state": 0} for a in found] == [vars(b.home) | {"_state": 0} for b in wanted]


def test_is_asked_again_with_other_values(cast: Cast) -> None:
    for code in ("SZ-WZ", "HQ-CS", "SZ-WZ"):
        path = cast.unit(code).path
        assert AT.rows(path=path) == list(_people(path))
    assert AT.rows(path="/NOWHERE/") == []


def test_reads_json_and_moments_as_the_orm_does(cast: Cast) -> None:
    Calendar.objects.create(key="night", name="夜班", windows={"1": [["20:00", "24:00"]]})
    found = NAMED.first(key="night")
    assert found is not None
    assert found.windows == {"1": [["20:00", "24:00"]]}
    assert NAMED.first(key="nothing") is None
    after = max(person.date_joined for person in Person.objects.all()) + timedelta(seconds=1)
    assert len(JOINED_BEFORE.rows(at=after)) == Person.objects.filter(is_active=True).count()


def test_what_it_gives_can_be_changed_and_saved(cast: Cast) -> None:
    person = AT.rows(path=cast.unit("SZ-WZ").path)[0]
    person.display_name = "高老板"
    person.save()
    assert Person.objects.get(pk=person.pk).display_name == "高老板"
