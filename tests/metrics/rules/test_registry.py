"""Declaring what is counted and what is made of it."""

from dataclasses import replace

import pytest

from huhang.metrics.rules import registry
from tests.metrics.rules.test_kpi import COMPLAINTS


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch):
    for table in ("_measures", "_kpis", "_gauges"):
        monkeypatch.setattr(registry, table, {})
    for name in ("a", "b", "c"):
        registry.declare_measure(name, name, name)


class TestDeclare:
    def test_twice_the_same_is_harmless(self):
        registry.declare_measure("a", "a", "a")
        assert registry.declare_kpi(COMPLAINTS) == registry.declare_kpi(replace(COMPLAINTS))

    def test_refuses_a_measure_with_two_meanings(self):
        with pytest.raises(ValueError):
            registry.declare_measure("a", "别的", "other")

    def test_refuses_a_figure_of_undeclared_measures(self):
        with pytest.raises(ValueError, match="nobody"):
            registry.declare_kpi(replace(COMPLAINTS, numerator=("nobody",)))

    def test_refuses_a_changed_formula_under_the_same_version(self):
        registry.declare_kpi(COMPLAINTS)
        with pytest.raises(ValueError, match="new version"):
            registry.declare_kpi(replace(COMPLAINTS, numerator=("a",)))


class TestKpi:
    def test_gives_the_newest_version_unless_asked(self):
        registry.declare_kpi(COMPLAINTS)
        newer = registry.declare_kpi(replace(COMPLAINTS, version=2, numerator=("a",)))
        assert registry.kpi("complaints") is newer
        assert registry.kpi("complaints", 1) == COMPLAINTS
        assert registry.kpis() == [newer]
        with pytest.raises(LookupError):
            registry.kpi("complaints", 3)
