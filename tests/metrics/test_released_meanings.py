"""What a figure means under a version stays as it was released, to the letter: else no installation would start."""

import json
from hashlib import sha256

import pytest

from huhang.metrics.rules import registry

# Of each released definition the beginning of its digest; a new meaning is a new version and a new line.
RELEASED: dict[tuple[str, int], str] = {
    ("abandonment", 1): "acc3936edbe6",
    ("complaints_per_10k", 1): "cb73bdb9b4ba",
    ("connection_rate", 1): "f5bf807724ca",
    ("first_time_by_contact", 1): "ea7637802797",
    ("first_time_by_survey", 1): "46884ece53c2",
    ("response_15min", 1): "217d91cce53b",
    ("satisfaction", 1): "ac300c952ba5",
    ("service_level_20s", 1): "4ed7239ec4f1",
    ("step_rating", 1): "ad1658668946",
    ("steps_on_time", 1): "aefeac025be2",
    ("survey_response", 1): "a28c0c6e2c29",
}


def digest(kpi: str, version: int) -> str:
    found = next(row for row in registry.versions() if (row.id, row.version) == (kpi, version))
    return sha256(json.dumps(found.definition(), sort_keys=True, ensure_ascii=False).encode()).hexdigest()[
        :12
    ]


@pytest.mark.parametrize(("kpi", "version"), sorted(RELEASED))
def test_a_released_meaning_stays(kpi: str, version: int) -> None:
    assert digest(kpi, version) == RELEASED[kpi, version]


def test_every_meaning_is_on_the_list() -> None:
    assert {(row.id, row.version) for row in registry.versions()} == set(RELEASED)
