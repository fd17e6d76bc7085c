"""PostgreSQL finds exactly what `kit.search` says it should."""

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huhang.kit import search

pytestmark = pytest.mark.django_db
SOME = st.text(alphabet="王小明李 上海12a*'\\:&|!<>-\n𠮷ＡＢ", max_size=24)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
@given(text=SOME, wanted=SOME)
def test_the_database_agrees_with_the_recheck(text: str, wanted: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT %s::tsvector @@ %s::tsquery", [search.tsvector_text(text), search.tsquery_text(wanted)]
        )
        assert cursor.fetchone()[0] is search.agrees(text, wanted)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.text(max_size=60))
def test_any_text_can_be_stored_and_asked(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT %s::tsvector, %s::tsquery", [search.tsvector_text(text), search.tsquery_text(text)]
        )
