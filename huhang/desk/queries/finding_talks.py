"""What the one search box finds in conversations: by number, and by any word said in them."""

import re
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from huhang.channels.models import Conversation, Message
from huhang.channels.models.conversation import SIDE_NAMES, STAGE_NAMES
from huhang.channels.queries import talks
from huhang.channels.rules.conversation import Side, Stage
from huhang.desk.queries.finding import marked, newest
from huhang.kit import masking, search
from huhang.kit.languages import shown
from huhang.network.models import Person, under

AT_MOST = 5
DIGITS_OF_A_NUMBER = 8
_NUMBER = re.compile(r"[cC](\d{1,8})")


def find(person: Person, term: str) -> list[dict[str, Any]]:
    """The talks of this number or with these words, each by its newest line. Rights are those of the workbench."""
    paths = {*person.visible_paths(talks.TALK), *person.visible_paths(talks.SUPERVISE)}
    if not paths:
        return []
    return [_hit(talk, None, term) for talk in _numbered(paths, term)] or [
        _hit(message.conversation, message, term) for message in _said(paths, term)
    ]


def _numbered(paths: set[str], term: str) -> list[Conversation]:
    asked = _NUMBER.fullmatch(term.strip())
    if asked is None:
        return []
    rows = Conversation.objects.filter(under(paths), no=f"C{int(asked[1]):0{DIGITS_OF_A_NUMBER}}")
    return list(rows.select_related("entrance", "contact"))


def _said(paths: set[str], term: str) -> list[Message]:
    """The newest line of each talk that holds the words."""
    rows = Message.objects.filter(under(paths, "conversation__path"))
    rows = rows.select_related("conversation__entrance", "conversation__contact")
    lines: dict[int, Message] = {}
    for message in newest(rows, "stored_at", AT_MOST * 4, term):
        if search.agrees(message.text, term):
            lines.setdefault(message.conversation_id, message)
    return list(lines.values())[:AT_MOST]


def _hit(talk: Conversation, message: Message | None, term: str) -> dict[str, Any]:
    who = masking.name(talk.contact.name) if talk.contact.name else _("访客")
    return {
        "kind": _("会话"),
        "title": f"{talk.no} {who}",
        "detail": f"{shown(talk.entrance.name)} · {STAGE_NAMES[Stage(talk.stage)]}",
        "line": _line(message, term),
        "url": f"{reverse('desk:workbench')}#{talk.no}",
    }


def _line(message: Message | None, term: str) -> SafeString:
    if message is None:
        return SafeString()
    return format_html("{}：{}", SIDE_NAMES[Side(message.side)], marked(message.text, term))
