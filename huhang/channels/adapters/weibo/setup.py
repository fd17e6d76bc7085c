"""What an account of this sort must be told."""

from huhang.channels.rules.setup import Field, Setup

SETUP = Setup(
    "微博粉丝服务",
    fields=(
        Field("app_secret", "AppSecret", is_secret=True),
        Field("access_token", "access_token", is_secret=True, hint="有效期一年，到期前请更换"),
    ),
    callback="填到微博：粉丝服务 → 高级功能 → 开发模式",
    is_experimental=True,
)
