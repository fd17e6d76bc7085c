"""Where the shared real data sets are, and a clear skip where they are not."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def shared(name: str) -> Path:
    """Return the folder of a real data set, or skip the calling test with the reason."""
    base = Path(os.environ.get("HUHANG_SHARED_DATA", ROOT.parent / "shared" / "data"))
    folder = base / name
    if not folder.is_dir():
        pytest.skip(f"real data set {name!r} is not on this machine (looked in {base})")
    return folder
