"""The vocabularies of `packs/codes/`, read and compiled once per process."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from huhang.journey.rules import mapping
from huhang.journey.rules.mapping import Meaning, Pack

PACKS = Path(__file__).resolve().parents[3] / "packs"


def raw(name: str) -> dict[str, Any]:
    """Return a code pack as written, for tests and for screens that show it."""
    # libyaml where it is built in: a cold `huhang codes map` is mostly this line.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    loaded: dict[str, Any] = yaml.load((PACKS / "codes" / f"{name}.yaml").read_bytes(), Loader=loader)  # noqa: S506
    return loaded


@cache
def texts(name: str = "zh") -> Pack:
    """Return the compiled text pack `zh` (Chinese) or `intl` (other languages)."""
    return mapping.compile_pack(raw(name))


def meaning(text: str) -> Meaning:
    """Return what a Chinese trace line means."""
    return texts("zh").meaning(text)


@cache
def feeds() -> dict[str, Any]:
    """Return what partners call things (`packs/feeds.yaml`): carriers, steps of EPCIS."""
    loaded: dict[str, Any] = yaml.safe_load((PACKS / "feeds.yaml").read_bytes())
    return loaded
