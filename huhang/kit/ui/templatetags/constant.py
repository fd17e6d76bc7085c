"""Tags whose words stand in the template itself: worked out once per language, or once for all. Built in: no `load`.

They write what Django's own of the same names write; a page of the desk has hundreds of them, and asks for the same
words a hundred times a second.
"""

from django import template
from django.template.base import FilterExpression, Node, NodeList, Parser, TextNode, Token
from django.template.context import Context
from django.template.defaulttags import URLNode
from django.template.defaulttags import url as django_url
from django.templatetags.i18n import TranslateNode, do_translate
from django.urls import get_script_prefix
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()


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
    """The address of a page without arguments."""

    def __init__(self, like: URLNode) -> None:
        super().__init__(like.view_name, [], {}, None)
        self.known: dict[str, str] = {}

    def render(self, context: Context) -> str:
        prefix = get_script_prefix()
        found = self.known.get(prefix)
        if found is None:
            found = self.known[prefix] = super().render(context)
        return found


@register.tag
def url(parser: Parser, token: Token) -> Node:
    """Django's `{% url %}`; one that needs nothing but its name is resolved once."""
    node = django_url(parser, token)
    is_known = _is_written(node.view_name) and not (node.args or node.kwargs or node.asvar)
    return Address(node) if is_known else node


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


class ForEverybody(Node):
    """A part of a page, painted once per language."""

    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist
        self.known: dict[str | None, SafeString] = {}

    def render(self, context: Context) -> SafeString:
        language = get_language()
        painted = self.known.get(language)
        if painted is None:
            painted = self.known[language] = self.nodelist.render(context)
        return painted


@register.tag
def for_everybody(parser: Parser, token: Token) -> Node:
    """`{% for_everybody %}…{% endfor_everybody %}`: what looks the same for all who read this language, so no person,
    no form with a token, no time may stand in it."""
    nodelist = parser.parse(["endfor_everybody"])
    parser.delete_first_token()
    return ForEverybody(nodelist)


def _is_written(word: FilterExpression) -> bool:
    """Does it stand in the template as it is, without filters?"""
    if word.filters:
        return False
    return not word.is_var or isinstance(getattr(word.var, "literal", None), str)
