"""How files of strangers leave the house: never run, never guessed at, never kept on the way."""

from django.http import HttpResponse

from huhang.desk.queries.attachments import Served
from huhang.kit import sending


def sent(file: Served) -> HttpResponse:
    """A file as an answer."""
    return sending.sent(file.content, content_type=file.content_type, name=file.name, is_shown=file.is_shown)
