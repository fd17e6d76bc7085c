"""What official accounts and WeCom have in common: the sealed envelope, the XML in it, the token, the way to say no."""

from huhang.channels.adapters.weixin.api import UNSURE, Api, Codes, Refused
from huhang.channels.adapters.weixin.envelope import Envelope, is_signed
from huhang.channels.adapters.weixin.xml import fields, moment, parsed, sealed

__all__ = [
    "UNSURE",
    "Api",
    "Codes",
    "Envelope",
    "Refused",
    "fields",
    "is_signed",
    "moment",
    "parsed",
    "sealed",
]
