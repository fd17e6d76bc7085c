"""How files of strangers leave the house: never run, never guessed at, never kept on the way."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, cast

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from huhang.desk.actions.attachments import AT_ONCE, FileTooLarge, Given, TooManyAtOnce
from huhang.desk.queries.attachments import Served
from huhang.kit import sending
from huhang.kit.doors import refuse

View = Callable[..., HttpResponseBase]
# Field names and boundaries around the files themselves.
AROUND = 64 * 1024
PATTERN = "image/jpeg,image/png,image/webp,image/heic,application/pdf,audio/*,video/*,.docx,.xlsx,.pptx"


def sent(file: Served) -> HttpResponse:
    """A file as an answer."""
    return sending.sent(file.content, content_type=file.content_type, name=file.name, is_shown=file.is_shown)


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
    announced = request.META.get("CONTENT_LENGTH") or "0"
    most = AT_ONCE * settings.ATTACHMENT_BYTES + AROUND
    return not announced.isdecimal() or int(announced) > most


def bounded(view: View) -> View:
    """A door of colleagues for files: the size is looked at before the forgery check reads what was posted."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if too_much(request):
            return refuse(request, FileTooLarge())
        return csrf_protect(view)(request, *args, **kwargs)

    return cast(View, csrf_exempt(guarded))
