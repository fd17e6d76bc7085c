"""Pictures from outside, decoded and written anew: no place, no hidden part, no second format survives.

Only the decoders named here ever see a stranger's bytes, and none sees a picture that would unpack to too much.
"""

import struct
import threading
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps

from huhang.kit.errors import BadInput, TooLarge

FORMATS = ("JPEG", "PNG", "WEBP")
EDGE, SMALL_EDGE = 2560, 320
# A plain JPEG is shrunk while it is read; anything else is unpacked whole, three or four bytes to a point.
MOST_POINTS, MOST_POINTS_OF_JPEG = 40_000_000, 120_000_000
LARGEST_PNG = 3 * 1024 * 1024
JPEG, PNG = "image/jpeg", "image/png"
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, struct.error)
# Two large pictures at once could ask for more memory than a small machine has.
_one_at_a_time = threading.Lock()


class PictureUnreadable(BadInput):
    """这张图片打不开，可能没有传完整。请重新选择，或重新拍一张。"""


class PictureTooLarge(TooLarge):
    """这张图片的尺寸过大，请缩小后再发。"""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as we wrote it, and a small one of it."""

    content: bytes
    content_type: str
    small: bytes


def anew(content: bytes) -> Picture:
    """The same picture upright, of at most 2560 points, and nothing else that was in the file."""
    with _one_at_a_time:
        try:
            return _anew(content)
        except Image.DecompressionBombError as error:
            raise PictureTooLarge from error
        except _BROKEN as error:
            raise PictureUnreadable from error


def _anew(content: bytes) -> Picture:
    with Image.open(BytesIO(content), formats=FORMATS) as opened:
        _refuse_what_would_explode(opened)
        opened.draft("RGB", (EDGE, EDGE))
        seen = ImageOps.exif_transpose(opened)
        keeps_lines = opened.format == "PNG" or "A" in seen.getbands()
    seen.thumbnail((EDGE, EDGE))
    whole, content_type = _written(seen, keeps_lines)
    seen.thumbnail((SMALL_EDGE, SMALL_EDGE))
    return Picture(whole, content_type, _jpeg(seen, 70))


def _refuse_what_would_explode(opened: Image.Image) -> None:
    is_shrunk_while_read = opened.format in ("JPEG", "MPO") and "progressive" not in opened.info
    most = MOST_POINTS_OF_JPEG if is_shrunk_while_read else MOST_POINTS
    if opened.width * opened.height > most:
        raise PictureTooLarge


def _written(seen: Image.Image, keeps_lines: bool) -> tuple[bytes, str]:
    """A screenshot stays sharp as PNG unless that is huge; a photograph becomes JPEG."""
    if keeps_lines:
        out = BytesIO()
        _bare(seen, "RGBA" if _is_transparent(seen) else "RGB").save(out, "PNG")
        if out.tell() <= LARGEST_PNG:
            return out.getvalue(), PNG
    return _jpeg(seen, 85), JPEG


def _jpeg(seen: Image.Image, quality: int) -> bytes:
    out, mode = BytesIO(), "RGBA" if _is_transparent(seen) else "RGB"
    bare = _bare(seen, mode)
    if mode == "RGBA":
        ground = Image.new("RGB", bare.size, "white")
        ground.paste(bare, mask=bare.getchannel("A"))
        bare = ground
    bare.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()


def _is_transparent(seen: Image.Image) -> bool:
    return "A" in seen.getbands() or "transparency" in seen.info


def _bare(seen: Image.Image, mode: str) -> Image.Image:
    """The points alone: what a file says besides them is left behind."""
    bare = seen.convert(mode)
    bare.info = {}
    bare.getexif().clear()
    return bare
