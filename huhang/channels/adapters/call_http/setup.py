"""What an account of this sort must be told."""

from huhang.channels.rules.setup import Field, Setup

SETUP = Setup(
    "话务：其他交换机（HTTP 推送）",
    fields=(Field("secret", "签名密钥", is_secret=True),),
    callback="填到交换机的事件推送设置；每次推送都要用签名密钥签名",
    callback_page="calls/",
    has_telephones=True,
)
