"""Pictures of pages for whoever builds them: HUHANG_LOOK=folder."""

import os
from pathlib import Path
from typing import Any

LOOK = os.environ.get("HUHANG_LOOK")
MOVES_IN = 800


def look(page: Any, name: str) -> None:
    """The whole page."""
    if LOOK:
        page.screenshot(path=str(Path(LOOK) / f"{name}.png"), full_page=True)


def glance(page: Any, name: str) -> None:
    """What stands on the screen, once it has moved in."""
    if LOOK:
        page.wait_for_timeout(MOVES_IN)
        page.screenshot(path=str(Path(LOOK) / f"{name}.png"))
