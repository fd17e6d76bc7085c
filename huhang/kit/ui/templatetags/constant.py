"""Tags whose words stand in the template itself: worked out once per language, or once for all. Built in: no `load`.

They write what Django's own of the same names write; a page of the desk has hundreds of them, and asks for the same
words a hundred times a second.
"""

import re
from typing import Any

from django import template
from django.template.base import FilterExpression, Node, NodeList, Parser, TextNode, Token
from django.template.context import Context
from django.template.defaulttags import URLNode
from django.template.defaulttags import url as django_url
from django.templatetags.i18n import TranslateNode, do_translate
from django.templatetags.static import StaticNode
from django.urls import NoReverseMatch, get_script_prefix, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()
KEPT_AT_MOST = 500
# Stands for a word of an address.
PLACE = 987650


class Said(TranslateNode):
    """A sentence of the template in the reader's language, looked up once for each."""

    def __init__(self, like: TranslateNode) -> None:
        super().__init__(like.filter_expression, like.noop, like.asvar, like.message_context)
        self.known: dict[str | None, str] = {}

    def render(self, context: Context) -> str:
        language = get_language()
        said = self.known.get(language)
        if said is None:
            said = self.known[language] = self._look_up(context)
        if self.asvar:
            context[self.asvar] = said
            return ""
        return said

    def _look_up(self, context: Context) -> str:
        said = super().render(context)
        return context[self.asvar] if self.asvar else said


@register.tag("translate")
@register.tag("trans")
def translate(parser: Parser, token: Token) -> Node:
    """Django's `{% translate %}`; what is said by a variable is looked up each time."""
    node = do_translate(parser, token)
    is_known = _is_written(node.filter_expression) and (
        node.message_context is None or _is_written(node.message_context)
    )
    return Said(node) if is_known else node


class Address(URLNode):
    """The address of a page: its route is looked up once, and its words are put in."""

    def __init__(self, like: URLNode) -> None:
        super().__init__(like.view_name, like.args, {}, like.asvar)
        self.routes: dict[tuple[Any, ...], list[str]] = {}

    def render(self, context: Context) -> str:
        words = [word.resolve(context) for word in self.args]
        if not all(map(_is_plain, words)):
            return super().render(context)
        kinds = (get_script_prefix(), *map(_is_number, words))
        route = self.routes.get(kinds)
        if route is None:
            route = self.routes[kinds] = self._route(context, words)
        if not route:
            return super().render(context)
        address = route[0] + "".join([f"{word}{rest}" for word, rest in zip(words, route[1:], strict=True)])
        if self.asvar:
            context[self.asvar] = address
            return ""
        return address

    def _route(self, context: Context, words: list[Any]) -> list[str]:
        """What stands before, between and after the words; nothing where no route takes such words."""
        places = [f"{PLACE + at}" if _is_number(word) else f"x{PLACE + at}x" for at, word in enumerate(words)]
        try:
            address = reverse(self.view_name.resolve(context), args=places)
        except NoReverseMatch:
            return []
        return re.split("|".join(places), address) if places else [address]


def _is_number(word: Any) -> bool:
    return isinstance(word, int) or word.isdecimal()


def _is_plain(word: Any) -> bool:
    """Does it stand in an address as it is?"""
    if isinstance(word, str):
        return word.isascii() and word.isalnum()
    return type(word) is int and word >= 0


@register.tag
def url(parser: Parser, token: Token) -> Node:
    """Django's `{% url %}`; a route whose name stands in the template is looked up once."""
    node = django_url(parser, token)
    return Address(node) if _is_written(node.view_name) and not node.kwargs else node


class StaticFile(StaticNode):
    """The address of a file of ours."""

    def __init__(self, like: StaticNode) -> None:
        super().__init__(path=like.path)
        self.known: str | None = None

    def url(self, context: Context) -> str:
        if self.known is None:
            self.known = super().url(context)
        return self.known


@register.tag
def static(parser: Parser, token: Token) -> Node:
    """Django's `{% static %}`; one whose path stands in the template is resolved once."""
    node = StaticNode.handle_token(parser, token)
    return StaticFile(node) if _is_written(node.path) and not node.varname else node


class Icon(Node):
    """An icon whose name is known when the page is painted."""

    child_nodelists = ()

    def __init__(self, name: FilterExpression) -> None:
        self.name = name

    def render(self, context: Context) -> SafeString:
        return icon_of(self.name.resolve(context))


@register.tag
def icon(parser: Parser, token: Token) -> Node:
    """A Tabler icon by its name; it is decoration, the word stands beside it or in a label."""
    _tag, word = token.split_contents()
    name = parser.compile_filter(word)
    return TextNode(icon_of(name.resolve(Context()))) if _is_written(name) else Icon(name)


def icon_of(name: str) -> SafeString:
    return format_html('<i class="ti ti-{}" aria-hidden="true"></i>', name)


class Alike(Node):
    """A part of a page, painted once per language and values."""

    def __init__(self, nodelist: NodeList, values: list[FilterExpression]) -> None:
        self.nodelist = nodelist
        self.values = values
        self.known: dict[tuple[Any, ...], SafeString] = {}

    def render(self, context: Context) -> SafeString:
        key = (get_language(), *(str(value.resolve(context)) for value in self.values))
        painted = self.known.get(key)
        if painted is None:
            if len(self.known) >= KEPT_AT_MOST:
                self.known.clear()
            painted = self.known[key] = self.nodelist.render(context)
        return painted


@register.tag
def alike(parser: Parser, token: Token) -> Node:
    """`{% alike value … %}…{% endalike %}`: what looks the same for all who read this language, as far as the values
    are the same; without values, for everybody. No other person, form with a token or time may stand in it."""
    values = [parser.compile_filter(word) for word in token.split_contents()[1:]]
    nodelist = parser.parse(["endalike"])
    parser.delete_first_token()
    return Alike(nodelist, values)


def _is_written(word: FilterExpression) -> bool:
    """Does it stand in the template as it is, without filters?"""
    if word.filters:
        return False
    return not word.is_var or isinstance(getattr(word.var, "literal", None), str)
