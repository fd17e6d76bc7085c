"""What an account of this sort must be told."""

from huhang.channels.rules.setup import Field, Setup

SETUP = Setup(
    "阿里云短信",
    fields=(
        Field("access_key_id", "AccessKey ID"),
        Field("access_key_secret", "AccessKey Secret", is_secret=True),
        Field("sign_name", "短信签名"),
        Field("template", "通用模板编号", hint="整段文字作为一个变量的模板"),
        Field("param", "模板里的变量名", is_needed=False, hint="默认 content"),
        Field(
            "callback_secret", "回调密钥", is_secret=True, hint="自己定一个长的随机串；平台不签名，靠它辨认"
        ),
    ),
    callback="填到短信服务控制台：通用设置 → 消息接收（HTTP 批量推送），状态报告和上行短信都填它",
    secret_in_address="callback_secret",
    can_try=True,
)
