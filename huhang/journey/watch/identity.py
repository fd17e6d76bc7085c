"""The identity of a scan: equal for two tellings of the same event, so that doubles can be left out.

First 16 bytes of SHA-256 over carrier, waybill, code, event time (microseconds), node, operator and
text, as UTF-8 joined by the unit separator. Ten times faster through OpenSSL's own functions than
through hashlib, which gives the same where OpenSSL is not to be found.
"""

import ctypes
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
from huhang.journey.watch.compiling import compiled

SIZE = 16
SEPARATOR = 0x1F
TEXTS = ("carrier", "waybill", "node", "operator", "text")
FUNCTIONS = ("SHA256_Init", "SHA256_Update", "SHA256_Final")


class Strings(NamedTuple):
    """A column of strings: where each row's bytes start and end."""

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    bytes: NDArray[np.uint8]


def identities(scans: pa.Table) -> Any:
    """Return the identity of every row, as fixed_size_binary[16]."""
    carrier, waybill, node, operator, text = (_strings(scans[name]) for name in TEXTS)
    code, at = fixed(numbers(scans["code"]).astype(np.int64)), fixed(times(scans["event_time"]))
    starts, message = _messages(carrier, waybill, code, at, node, operator, text)
    digests = np.empty((len(code), SIZE), np.uint8)
    _DIGEST(starts, message, digests)
    return pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(SIZE), len(code), [None, pa.py_buffer(digests.tobytes())]
    )


def _strings(column: Any) -> Strings:
    array = joined(column)
    if pa.types.is_dictionary(array.type):
        entries = _strings(array.dictionary)
        places = numbers(array.indices.fill_null(0)).astype(np.int64)
        return Strings(fixed(entries.start[places]), fixed(entries.end[places]), entries.bytes)
    offsets, text = text_of(array.fill_null("").cast(pa.large_string()))
    return Strings(offsets[:-1], offsets[1:], text)


@compiled
def _messages(
    carrier: Strings,
    waybill: Strings,
    code: NDArray[np.int64],
    at: NDArray[np.int64],
    node: Strings,
    operator: Strings,
    text: Strings,
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    rows = len(code)
    starts = np.zeros(rows + 1, np.int64)
    for i in range(rows):
        length = 6 + 2 * 20  # separators, and two numbers at their longest
        for column in (carrier, waybill, node, operator, text):
            length += column.end[i] - column.start[i]
        starts[i + 1] = starts[i] + length
    message = np.empty(starts[rows], np.uint8)
    end = 0
    for i in range(rows):
        starts[i] = end
        end = _put_text(message, end, carrier, i)
        end = _put_text(message, end, waybill, i)
        end = _put_number(message, end, code[i])
        end = _put_number(message, end, at[i])
        end = _put_text(message, end, node, i)
        end = _put_text(message, end, operator, i)
        end = _put_text(message, end, text, i) - 1
    starts[rows] = end
    return starts, message


@compiled
def _put_text(message: NDArray[np.uint8], end: int, column: Strings, i: int) -> int:
    for k in range(column.start[i], column.end[i]):
        message[end] = column.bytes[k]
        end += 1
    message[end] = SEPARATOR
    return end + 1


@compiled
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


def _digest_with_hashlib(
    starts: NDArray[np.int64], message: NDArray[np.uint8], digests: NDArray[np.uint8]
) -> None:
    content, places = message.tobytes(), starts.tolist()
    for i, (start, end) in enumerate(pairwise(places)):
        digests[i] = np.frombuffer(sha256(content[start:end]).digest(), np.uint8, SIZE)


def _open_ssl() -> str | None:
    for name in (find_library("crypto"), "libcrypto.so.3", "libcrypto.so.1.1"):
        try:
            library = ctypes.CDLL(name) if name else None
        except OSError:
            continue
        if library is not None and all(hasattr(library, function) for function in FUNCTIONS):
            return name
    return None


def _digest_with_open_ssl(library: str) -> Any:
    llvmlite.binding.load_library_permanently(library)
    done, address = types.int32, types.uintp
    init: Any = types.ExternalFunction("SHA256_Init", done(address))
    update: Any = types.ExternalFunction("SHA256_Update", done(address, address, address))
    final: Any = types.ExternalFunction("SHA256_Final", done(address, address))

    @compiled
    def digest(starts: NDArray[np.int64], message: NDArray[np.uint8], digests: NDArray[np.uint8]) -> None:
        state = np.zeros(256, np.uint8)  # more than OpenSSL's SHA256_CTX
        whole = np.zeros(32, np.uint8)
        for i in range(len(starts) - 1):
            init(state.ctypes.data)
            update(state.ctypes.data, message.ctypes.data + starts[i], starts[i + 1] - starts[i])
            final(whole.ctypes.data, state.ctypes.data)
            digests[i] = whole[:SIZE]

    return digest


_LIBRARY = _open_ssl()
_DIGEST = _digest_with_open_ssl(_LIBRARY) if _LIBRARY else _digest_with_hashlib
