"""What an account of this sort must be told."""

from huhang.channels.rules.setup import Field, Setup

SETUP = Setup(
    "话务：FreeSWITCH",
    fields=(
        Field("host", "地址"),
        Field("port", "端口", is_needed=False, hint="默认 8021"),
        Field("password", "ESL 密码", is_secret=True),
    ),
    can_try=True,
    has_telephones=True,
)
