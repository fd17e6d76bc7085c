"""A letter in the shape that both take: several messages in a row where it holds words and files."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from huhang.channels.rules.gateway import GatewayRefused, Letter
from huhang.channels.rules.matter import Media, Sort
from huhang.channels.rules.pieces import cut

NO_SUCH_SORT = "这个渠道不能发送这种内容"
HALF_SENT = "只送达了前一部分，其余未送达"
# What a picture, a sound and a film are to the vendor; other files have a way only at WeCom.
SORTS = {"image": Sort.IMAGE, "audio": Sort.VOICE, "video": Sort.VIDEO}


@dataclass(frozen=True, slots=True)
class Part:
    """One message: its msgtype, and what stands under that name."""

    msgtype: str
    content: dict[str, Any]


Upload = Callable[[Media, Sort], str]


def parts(letter: Letter, upload: Upload, *, cards: str, links: str, files: frozenset[Sort]) -> list[Part]:
    """What to send, in order. `cards` and `links` are the vendor's names for them, `files` the sorts it takes."""
    extra = {name: _said(value) for name, value in letter.extra.items()}
    if letter.sort == Sort.CARD and extra.get("appid"):
        return [Part(cards, _card(letter, extra, upload))]
    if letter.sort == Sort.LINK or (letter.sort == Sort.CARD and extra.get("url")):
        return [Part(links, _link(letter, extra, upload, links))]
    if extra.get("menu"):
        return [Part("msgmenu", _menu(letter, extra))]
    found = [Part("text", {"content": piece}) for piece in cut(letter.text)]
    found += [_file(one, letter, extra, upload, files) for one in letter.media]
    if not found or letter.sort in (Sort.LOCATION, Sort.EVENT):
        raise GatewayRefused(NO_SUCH_SORT)
    return found


def _said(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _card(letter: Letter, extra: Mapping[str, str], upload: Upload) -> dict[str, Any]:
    """A mini-program's page, with a picture of it."""
    return {
        "title": extra.get("title") or letter.text,
        "appid": extra["appid"],
        "pagepath": extra.get("pagepath", ""),
        "thumb_media_id": _thumb(letter, extra, upload),
    }


def _link(letter: Letter, extra: Mapping[str, str], upload: Upload, links: str) -> dict[str, Any]:
    told = {
        "title": extra.get("title") or letter.text,
        "description": extra.get("description", ""),
        "url": extra.get("url", ""),
    }
    if links == "news":
        return {"articles": [{**told, "picurl": extra.get("picture", "")}]}
    return {
        "title": told["title"], "desc": told["description"], "url": told["url"],
        "thumb_media_id": _thumb(letter, extra, upload),
    }  # fmt: skip


def _thumb(letter: Letter, extra: Mapping[str, str], upload: Upload) -> str:
    return _named(letter.media[0], Sort.IMAGE, upload) if letter.media else extra.get("thumb", "")


def _menu(letter: Letter, extra: Mapping[str, str]) -> dict[str, Any]:
    """Answers to press: a survey, or questions that come before a person does."""
    try:
        choices = [(str(one["id"]), str(one["content"])) for one in json.loads(extra["menu"])]
    except (ValueError, TypeError, KeyError) as error:
        raise GatewayRefused(NO_SUCH_SORT) from error
    return {"head_content": letter.text, "choices": choices, "tail_content": extra.get("tail", "")}


def _file(
    one: Media, letter: Letter, extra: Mapping[str, str], upload: Upload, files: frozenset[Sort]
) -> Part:
    sort = SORTS.get(one.content_type.partition("/")[0], letter.sort)
    sort = sort if sort in files else Sort.FILE
    if sort not in files:
        raise GatewayRefused(NO_SUCH_SORT)
    content = {"media_id": _named(one, sort, upload)}
    if sort == Sort.VIDEO and (thumb := extra.get("thumb")):
        content["thumb_media_id"] = thumb
    return Part(sort.value, content)


def _named(one: Media, sort: Sort, upload: Upload) -> str:
    """The vendor's name for a file: what it is called there already, or what it is given by uploading."""
    return upload(one, sort) if one.data else one.ref
