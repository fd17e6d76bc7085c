"""Files that are to be imported, kept under var/ by their content: a dry run and the real one read the same bytes."""

import hashlib
import os
import shutil
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from huhang.kit import imports
from huhang.kit.errors import BadInput
from huhang.kit.sheets import FileTooLarge

Upload = UploadedFile[Any]
MEGABYTE = 1024 * 1024
LARGEST_UPLOAD = 64 * MEGABYTE


class NoFile(BadInput):
    """请选择要导入的文件。"""


def kept(upload: Upload | None) -> Path:
    """Where the file is now."""
    if upload is None:
        raise NoFile
    if (upload.size or 0) > LARGEST_UPLOAD:
        raise FileTooLarge(limit=LARGEST_UPLOAD)
    digest = hashlib.sha256()
    folder = Path(settings.VAR) / imports.UPLOADS
    folder.mkdir(parents=True, exist_ok=True)
    part_file = folder / f".part-{os.getpid()}-{id(upload)}"
    with part_file.open("wb") as target:
        for block in upload.chunks():
            digest.update(block)
            target.write(block)
    shutil.move(part_file, place_of(digest.hexdigest()))
    return place_of(digest.hexdigest())


def place_of(sha256: str) -> Path:
    return Path(settings.VAR) / imports.UPLOADS / sha256


def name_of(upload: Upload | None) -> str:
    return Path((upload.name if upload else "") or "").name
