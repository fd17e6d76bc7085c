"""Words of the house in a conversation, as their reader reads them."""

from django import template

from huhang.channels.models import Message
from huhang.channels.queries.talks import sentence

register = template.Library()


@register.filter
def house_words(message: Message) -> str:
    return sentence(message)
