"""Where customers come in, and when somebody is there for them."""

from enum import StrEnum


class EntranceKind(StrEnum):
    """By what a customer comes; screens differ by kind, nothing else does."""

    HOTLINE = "hotline"
    WEB_CHAT = "web_chat"
    H5 = "h5"
    WECHAT = "wechat"
    WECOM = "wecom"
    WEIBO = "weibo"
    SMS = "sms"
    EMAIL = "email"
    API = "api"
    OUTLET_DESK = "outlet_desk"
    REGULATOR = "regulator"


# Kinds in which two people talk in turns on a screen, and the customer waits there for the next word.
CHATS = frozenset(
    {EntranceKind.WEB_CHAT, EntranceKind.H5, EntranceKind.WECHAT, EntranceKind.WECOM, EntranceKind.WEIBO}
)
# Doors of our own: nobody else's account is needed to open them.
OWN = frozenset(
    {
        EntranceKind.WEB_CHAT,
        EntranceKind.H5,
        EntranceKind.API,
        EntranceKind.OUTLET_DESK,
        EntranceKind.REGULATOR,
    }
)
CALLS = frozenset({EntranceKind.HOTLINE})
