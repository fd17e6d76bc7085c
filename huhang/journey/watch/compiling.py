"""Compiling with numba, with machine code kept between starts and never stale.

numba looks only at the file of a function, not at what it calls or at constants from elsewhere; so
the machine code lives in a folder named after the content of everything that goes into it.
"""

import os
import tempfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])
Word = Any  # a machine word: numba infers which
Records = Any  # an array of records, whose fields numba knows

HERE = Path(__file__).resolve().parent
SOURCES = (*sorted(HERE.glob("*.py")), *sorted((HERE.parent / "rules").glob("*.py")))


def compiled(function: F) -> F:
    """Compile with numba at the first call, or load what an earlier start compiled."""
    return cast(F, numba.njit(cache=True, nogil=True)(function))


def inlined(function: F) -> F:
    """Compile into the caller: for small functions that are handed arrays, which cost much to hand on."""
    return cast(F, numba.njit(inline="always")(function))


def _machine_code_folder() -> Path:
    digest = sha256(b"".join(path.read_bytes() for path in SOURCES)).hexdigest()[:12]
    beside = HERE / "__pycache__"
    beside.mkdir(exist_ok=True)
    base = beside if os.access(beside, os.W_OK) else Path(tempfile.gettempdir())
    return base / f"numba-{digest}"


setattr(numba.config, "CACHE_DIR", str(_machine_code_folder()))  # noqa: B010  # set at run time, unknown to mypy
