"""Files that come with a form: looked at for their size before a byte of them is read."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, cast

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from huhang.kit.doors import refuse
from huhang.kit.received import AT_ONCE, FileTooLarge, Given, TooManyAtOnce

View = Callable[..., HttpResponseBase]
# Field names and boundaries around the files themselves.
AROUND = 64 * 1024
PATTERN = "image/jpeg,image/png,image/webp,image/heic,application/pdf,audio/*,video/*,.docx,.xlsx,.pptx"


def given(files: Sequence[UploadedFile[bytes]]) -> list[Given]:
    """The posted files; an empty field of a form is no file."""
    chosen = [file for file in files if file.name or file.size]
    if len(chosen) > AT_ONCE:
        raise TooManyAtOnce
    return [Given(file.name or "", _content(file)) for file in chosen]


def _content(file: UploadedFile[bytes]) -> bytes:
    if (file.size or 0) > settings.ATTACHMENT_BYTES:
        raise FileTooLarge
    content: bytes = file.read()
    return content


def too_much(request: HttpRequest) -> bool:
    """Does it announce more than we would ever take? Asked before a byte of it is read."""
    return announces_over(AT_ONCE * settings.ATTACHMENT_BYTES, request)


def announces_over(most: int, request: HttpRequest) -> bool:
    """Does it announce more than so many bytes of files, or not say how many?"""
    announced = request.META.get("CONTENT_LENGTH") or "0"
    return not announced.isdecimal() or int(announced) > most + AROUND


def bounded(view: View) -> View:
    """A door of colleagues for files: the size is looked at before the forgery check reads what was posted."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if too_much(request):
            return refuse(request, FileTooLarge())
        return csrf_protect(view)(request, *args, **kwargs)

    return cast(View, csrf_exempt(guarded))
