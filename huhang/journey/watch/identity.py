"""The identity of a scan: equal for two tellings of the same event, so that doubles can be left out.

First 16 bytes of SHA-256 over carrier, waybill, code, event time (microseconds), node, operator and
text, as UTF-8 joined by the unit separator. Ten times faster through OpenSSL's own functions than
through hashlib, which gives the same where OpenSSL is not to be found.
"""

import ctypes
import os
from concurrent.futures import ThreadPoolExecutor
from ctypes.util import find_library
from hashlib import sha256
from itertools import pairwise
from typing import Any, NamedTuple

import llvmlite.binding  # type: ignore[import-untyped]  # comes with numba, without types
import numpy as np
import pyarrow as pa
from numba import types
from numpy.typing import NDArray

from huhang.journey.watch.columns import fixed, joined, numbers, text_of, times
from huhang.journey.watch.compiling import compiled, inlined

SIZE = 16
SEPARATOR = 0x1F
TEXTS = ("carrier", "waybill", "node", "operator", "text")
WORKERS = min(4, os.cpu_count() or 1)
WORTH_SHARING = 200_000  # rows
FUNCTIONS = ("SHA256_Init", "SHA256_Update", "SHA256_Final")


class Strings(NamedTuple):
    """A column of strings: where each row's bytes start and end."""

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    bytes: NDArray[np.uint8]


class Told(NamedTuple):
    """The columns that make an identity."""

    carrier: Strings
    waybill: Strings
    node: Strings
    operator: Strings
    text: Strings
    code: NDArray[np.int64]
    at: NDArray[np.int64]


def identities(scans: pa.Table) -> Any:
    """Return the identity of every row, as an array of fixed_size_binary[16]."""
    digests = np.empty((scans.num_rows, SIZE), np.uint8)
    told = _told(scans)
    if len(digests) < WORTH_SHARING:
        _DIGEST(told, digests)
    else:
        edges = np.linspace(0, len(digests), WORKERS + 1, dtype=int).tolist()
        parts = [(_part(told, start, end), digests[start:end]) for start, end in pairwise(edges)]
        with ThreadPoolExecutor(WORKERS) as workers:
            list(workers.map(_DIGEST, *zip(*parts, strict=True)))
    return pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(SIZE), scans.num_rows, [None, pa.py_buffer(digests.data)]
    )


def _told(scans: pa.Table) -> Told:
    return Told(
        **{name: _strings(scans[name]) for name in TEXTS},
        code=fixed(numbers(scans["code"]).astype(np.int64)),
        at=fixed(times(scans["event_time"])),
    )


def _part(told: Told, start: int, end: int) -> Told:
    texts = {name: getattr(told, name) for name in TEXTS}
    part = {
        name: Strings(text.start[start:end], text.end[start:end], text.bytes) for name, text in texts.items()
    }
    return Told(**part, code=told.code[start:end], at=told.at[start:end])


def _strings(column: Any) -> Strings:
    array = joined(column)
    if pa.types.is_dictionary(array.type):
        entries = _strings(array.dictionary)
        places = numbers(array.indices.fill_null(0)).astype(np.int64)
        return Strings(fixed(entries.start[places]), fixed(entries.end[places]), entries.bytes)
    offsets, text = text_of(array.fill_null("").cast(pa.large_string()))
    return Strings(offsets[:-1], offsets[1:], text)


@compiled
def _longest(told: Told) -> int:
    longest = 0
    for i in range(len(told.code)):
        length = 6 + 2 * 20  # separators, and two numbers at their longest
        for column in (told.carrier, told.waybill, told.node, told.operator, told.text):
            length += column.end[i] - column.start[i]
        longest = max(longest, length)
    return longest


@inlined
def _compose(message: NDArray[np.uint8], told: Told, i: int) -> int:
    end = _put_text(message, 0, told.carrier, i)
    end = _put_text(message, end, told.waybill, i)
    end = _put_number(message, end, told.code[i])
    end = _put_number(message, end, told.at[i])
    end = _put_text(message, end, told.node, i)
    end = _put_text(message, end, told.operator, i)
    return _put_text(message, end, told.text, i) - 1


@inlined
def _put_text(message: NDArray[np.uint8], end: int, column: Strings, i: int) -> int:
    for k in range(column.start[i], column.end[i]):
        message[end] = column.bytes[k]
        end += 1
    message[end] = SEPARATOR
    return end + 1


@inlined
def _put_number(message: NDArray[np.uint8], end: int, number: int) -> int:
    if number < 0:
        message[end] = 45  # minus
        end += 1
        number = -number
    digits = 1
    power = 10
    while digits < 19 and number >= power:
        digits += 1
        power *= 10
    for k in range(digits - 1, -1, -1):
        message[end + k] = 48 + number % 10
        number //= 10
    message[end + digits] = SEPARATOR
    return end + digits + 1


def _digest_with_hashlib(told: Told, digests: NDArray[np.uint8]) -> None:
    message = np.empty(_longest(told), np.uint8)
    for i in range(len(digests)):
        end = _compose(message, told, i)
        digests[i] = np.frombuffer(sha256(message[:end].data).digest(), np.uint8, SIZE)


def _open_ssl() -> str | None:
    for name in (find_library("crypto"), "libcrypto.so.3", "libcrypto.so.1.1"):
        try:
            library = ctypes.CDLL(name) if name else None
        except OSError:
            continue
        if library is not None and all(hasattr(library, function) for function in FUNCTIONS):
            return name
    return None


# Globals, not variables of a function around: numba finds machine code again only when nothing is closed over.
_INIT: Any = types.ExternalFunction("SHA256_Init", types.int32(types.uintp))
_UPDATE: Any = types.ExternalFunction("SHA256_Update", types.int32(types.uintp, types.uintp, types.uintp))
_FINAL: Any = types.ExternalFunction("SHA256_Final", types.int32(types.uintp, types.uintp))


@compiled
def _digest_with_open_ssl(told: Told, digests: NDArray[np.uint8]) -> None:
    message = np.empty(_longest(told), np.uint8)
    state = np.zeros(256, np.uint8)  # more than OpenSSL's SHA256_CTX
    whole = np.zeros(32, np.uint8)
    for i in range(len(digests)):
        end = _compose(message, told, i)
        _INIT(state.ctypes.data)
        _UPDATE(state.ctypes.data, message.ctypes.data, end)
        _FINAL(whole.ctypes.data, state.ctypes.data)
        digests[i] = whole[:SIZE]


def _choose() -> Any:
    library = _open_ssl()
    if library is None:
        return _digest_with_hashlib
    llvmlite.binding.load_library_permanently(library)
    return _digest_with_open_ssl


_DIGEST = _choose()
