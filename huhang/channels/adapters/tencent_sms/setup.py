"""What an account of this sort must be told."""

from huhang.channels.rules.setup import Field, Setup

SETUP = Setup(
    "腾讯云短信",
    fields=(
        Field("secret_id", "SecretId"),
        Field("secret_key", "SecretKey", is_secret=True),
        Field("app_id", "SdkAppId"),
        Field("sign_name", "短信签名"),
        Field("template", "通用模板编号", hint="整段文字作为一个变量的模板"),
        Field("region", "地域", is_needed=False, hint="默认 ap-guangzhou"),
        Field(
            "pull_replies",
            "每小时拉取短信回复",
            is_needed=False,
            hint="填 1 开启，补上回调漏掉的回复；须先请腾讯云为应用开通“拉取短信回复状态”",
        ),
        Field(
            "callback_secret", "回调密钥", is_secret=True, hint="自己定一个长的随机串；平台不签名，靠它辨认"
        ),
    ),
    callback="填到短信控制台：应用管理 → 回调配置，状态报告和短信回复都填它",
    secret_in_address="callback_secret",
    can_list=True,
    lists_if="pull_replies",
    can_try=True,
)
