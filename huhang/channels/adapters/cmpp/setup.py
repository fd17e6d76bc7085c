"""What an account of this sort must be told."""

from huhang.channels.rules.setup import Field, Setup

SETUP = Setup(
    "运营商短信（CMPP）",
    fields=(
        Field("host", "网关地址"),
        Field("port", "端口", is_needed=False, hint="默认 7890"),
        Field("sp_id", "企业代码（登录名）"),
        Field("secret", "密码", is_secret=True),
        Field("src_id", "接入号"),
        Field("service_id", "业务代码", is_needed=False),
        Field("version", "协议版本", is_needed=False, hint="2.0 或 3.0，默认 2.0"),
        Field("rate", "每秒条数", is_needed=False, hint="和运营商约定的上限；留空不限"),
    ),
)
