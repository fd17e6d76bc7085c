"""What an account of this sort must be told."""

from huhang.channels.rules.setup import Field, Setup

SETUP = Setup(
    "企业微信客服",
    fields=(
        Field("corp_id", "企业 ID（corpid）"),
        Field(
            "open_kfid", "客服账号 ID（open_kfid）", is_needed=False, hint="没有指定客服账号的消息由它发出"
        ),
        Field("secret", "应用 Secret", is_secret=True),
        Field("token", "令牌（Token）", is_secret=True),
        Field("aes_key", "消息加解密密钥（EncodingAESKey）", is_secret=True),
    ),
    callback="填到企业微信管理后台：微信客服 → 可调用接口的应用 → 接收消息",
    can_list=True,
    can_try=True,
)
