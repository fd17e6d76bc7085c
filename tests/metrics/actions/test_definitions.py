"""Definitions: stored once, audited, never silently changed."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from huhang.kit.models import AuditEntry
from huhang.metrics.actions.definitions import MeaningChanged, keep
from huhang.metrics.models import Definition
from huhang.metrics.rules import registry

NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)


@pytest.fixture
def declared(monkeypatch):
    """The registry of one figure, which a test may replace."""
    kpi = registry.kpi("complaints_per_10k")
    table = {("complaints_per_10k", 1): kpi}
    monkeypatch.setattr(registry, "_kpis", table)
    Definition.objects.all().delete()
    return table


@pytest.mark.django_db
class TestKeep:
    def test_a_deployment_stores_its_figures(self):
        keep(now=NOW)
        assert {str(d) for d in Definition.objects.all()} >= {"complaints_per_10k v1", "response_15min v1"}

    def test_twice_changes_nothing(self, declared):
        assert (keep(now=NOW), keep(now=NOW)) == (1, 0)
        entry = AuditEntry.objects.get(verb="metrics.definition.added", at=NOW)
        assert entry.subject == "complaints_per_10k v1"

    def test_refuses_a_changed_meaning(self, declared):
        keep(now=NOW)
        for key, kpi in declared.items():
            declared[key] = replace(kpi, numerator=("desk.ticket.opened.urge",))
        with pytest.raises(MeaningChanged):
            keep(now=NOW)

    def test_a_new_target_is_audited(self, declared):
        keep(now=NOW)
        for key, kpi in declared.items():
            declared[key] = replace(kpi, target=Decimal("1.9"))
        assert keep(now=NOW) == 1
        entry = AuditEntry.objects.get(verb="metrics.target.changed")
        assert (entry.before, entry.after) == ({"target": "2.8"}, {"target": "1.9"})
