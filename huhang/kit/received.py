"""Files as somebody sent them, made ready to be kept: told from their content, freed of what nobody should see."""

import hashlib
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

from django.conf import settings
from django.utils.translation import gettext

from huhang.kit import file_types, heic, pictures
from huhang.kit.errors import BadInput, TooLarge

AT_ONCE = 5


class FileIsEmpty(BadInput):
    """文件是空的，请重新选择。"""


class FileNotTaken(BadInput):
    """这种文件收不了。请发图片（JPEG、PNG、WebP、HEIC）、PDF、Word、Excel、PPT，或录音、短视频。"""


class FileTooLarge(TooLarge):
    """文件太大了，请压缩后再发。"""


class TooManyAtOnce(BadInput):
    """一次最多发 5 个文件，请分几次发。"""


@dataclass(frozen=True, slots=True)
class Given:
    """A file as somebody sent it."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Ready:
    """A file that we take: told from its content, freed of what nobody should see."""

    name: str
    known: file_types.Type
    content: bytes
    small: bytes = b""

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def readied(given: Sequence[Given]) -> list[Ready]:
    """Files told from their content, pictures written anew; refuses what we do not take."""
    if len(given) > AT_ONCE:
        raise TooManyAtOnce
    return [_readied(one) for one in given]


def _readied(given: Given) -> Ready:
    if not given.content:
        raise FileIsEmpty(given.name[: file_types.LONGEST_NAME] or None)
    if len(given.content) > settings.ATTACHMENT_BYTES:
        raise FileTooLarge(
            gettext("单个文件最大 %(size)s MB。") % {"size": settings.ATTACHMENT_BYTES // file_types.MEGABYTE}
        )
    known = _type_of(given.content)
    if known is file_types.HEIC:
        return Ready(file_types.shown_name(given.name, known), known, heic.blanked(given.content))
    if known.is_picture:
        return _picture(given)
    return Ready(file_types.shown_name(given.name, known), known, given.content)


def _type_of(content: bytes) -> file_types.Type:
    known = file_types.type_of(content[: file_types.HEAD])
    if known is file_types.ZIP:
        known = file_types.office_type(_parts(content))
    if known is None:
        raise FileNotTaken
    return known


def _picture(given: Given) -> Ready:
    picture = pictures.anew(given.content)
    known = file_types.PNG if picture.content_type == pictures.PNG else file_types.JPEG
    return Ready(file_types.shown_name(given.name, known), known, picture.content, picture.small)


def _parts(content: bytes) -> list[file_types.Part]:
    """What a zip says that it holds; nothing is unpacked."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            return [file_types.Part(i.filename, i.file_size, i.compress_size) for i in archive.infolist()]
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, UnicodeError) as error:
        raise FileNotTaken from error
