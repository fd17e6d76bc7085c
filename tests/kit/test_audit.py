"""The record that shows when somebody has changed it."""

from datetime import UTC, datetime

import pytest

from huhang.kit import audit
from huhang.kit.models import AuditEntry

NOW = datetime(2026, 11, 20, 4, 0, 0, 123456, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def three() -> list[AuditEntry]:
    AuditEntry.objects.all().delete()
    return [
        audit.record(actor="gao", verb="desk.reveal", subject=f"T{n}", now=NOW, reason="回电", after={"n": n})
        for n in range(3)
    ]


def test_a_whole_record_holds() -> None:
    three()
    assert audit.first_broken() is None


@pytest.mark.parametrize("change", [{"reason": "别的"}, {"after": {"n": 9}}, {"actor": "qian"}])
def test_an_edit_shows_at_its_row(change: dict[str, object]) -> None:
    entries = three()
    AuditEntry.objects.filter(pk=entries[1].pk).update(**change)
    assert audit.first_broken() == entries[1].pk


def test_a_removed_row_shows_at_the_next() -> None:
    entries = three()
    AuditEntry.objects.filter(pk=entries[1].pk).delete()
    assert audit.first_broken() == entries[2].pk
