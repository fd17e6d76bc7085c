"""JSON and XML of strangers as one kind of tree: dicts, lists and leaves."""

import json
import re
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

Tree = dict[str, Any] | list[Any] | str | int | float | bool | None

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 60


_DECLARATION = re.compile(r"^<\?xml[^>]*\?>")
_PREFIX = re.compile(r"(</?|\s)[A-Za-z][\w.-]*:(?=[\w.-]+[\s=/>])")


class UnreadableDocument(ValueError):
    """The answer is neither JSON nor XML, or it is larger or deeper than an honest answer."""


def read(document: str | bytes) -> Tree:
    """Return the tree of a JSON or XML document; entities and document types are refused."""
    if len(document) > MAX_BYTES:
        raise UnreadableDocument(f"larger than {MAX_BYTES} bytes")
    try:
        text = (
            document.decode("utf-8-sig") if isinstance(document, bytes) else document.removeprefix("\ufeff")
        )
        return _xml(text) if text.lstrip().startswith("<") else json.loads(text)
    except (ValueError, ParseError, DefusedXmlException, RecursionError) as broken:
        raise UnreadableDocument(str(broken)) from broken


def _xml(text: str) -> Tree:
    # A declared encoding no longer holds: the text is decoded already.
    text = _DECLARATION.sub("", text.lstrip())
    try:
        root = fromstring(text.encode("utf-8"))
    except ParseError:
        # Excerpts of SOAP answers use prefixes that nobody declared; we look only at what follows them.
        root = fromstring(_PREFIX.sub(r"\1", text).encode("utf-8"))
    return {_name(root.tag): _node(root, 0)}


def _node(element: Element, depth: int) -> Tree:
    if depth > MAX_DEPTH:
        raise UnreadableDocument(f"deeper than {MAX_DEPTH} levels")
    text = (element.text or "").strip()
    if len(element) == 0 and (text or not element.attrib):
        return text  # attributes of a leaf are its format ("YYYYMMDD"), not its content
    node: dict[str, Any] = {_name(key): value for key, value in element.attrib.items()}
    for child in element:
        _add(node, _name(child.tag), _node(child, depth + 1))
    return node


def _add(node: dict[str, Any], name: str, value: Tree) -> None:
    if name not in node:
        node[name] = value
    elif isinstance(node[name], list):
        node[name].append(value)
    else:
        node[name] = [node[name], value]


def _name(tag: str) -> str:
    return tag.rsplit("}", 1)[-1]
