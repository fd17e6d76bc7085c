"""What an account of this sort must be told."""

from huhang.channels.rules.setup import Field, Setup

SETUP = Setup(
    "微信公众号",
    fields=(
        Field("app_id", "AppID"),
        Field("app_secret", "AppSecret", is_secret=True),
        Field("token", "令牌（Token）", is_secret=True),
        Field(
            "aes_key",
            "消息加解密密钥（EncodingAESKey）",
            is_secret=True,
            is_needed=False,
            hint="请在公众平台选择安全模式并填写；只有明文模式才留空",
        ),
    ),
    callback="填到公众平台：设置与开发 → 基本配置 → 服务器地址",
    can_try=True,
)
