"""What an account of this sort must be told."""

from huhang.channels.rules.setup import Field, Setup

SECURITY = "ssl（默认）、starttls 或 none；none 只用于本机或内网"

SETUP = Setup(
    "邮箱（IMAP／SMTP）",
    fields=(
        Field("address", "邮箱地址", hint="客户看到的发件地址"),
        Field("shown_name", "发件人名称", is_needed=False),
        Field("user", "登录名", is_needed=False, hint="留空时用邮箱地址"),
        Field("password", "密码或授权码", is_secret=True),
        Field("imap_host", "收信服务器（IMAP）"),
        Field("imap_port", "收信端口", is_needed=False, hint="默认 993；starttls 或 none 时默认 143"),
        Field("imap_security", "收信加密方式", is_needed=False, hint=SECURITY),
        Field("smtp_host", "发信服务器（SMTP）"),
        Field("smtp_port", "发信端口", is_needed=False, hint="默认 465；starttls 或 none 时默认 587"),
        Field("smtp_security", "发信加密方式", is_needed=False, hint=SECURITY),
        Field("folders", "要收的文件夹", is_needed=False, hint="默认 INBOX；多个用逗号分开"),
        Field("since", "从哪一天开始收", is_needed=False, hint="如 2026-11-22；留空则收文件夹里的全部邮件"),
        Field(
            "plus_addresses", "回复地址带会话标记", is_needed=False,
            hint="邮箱支持 name+标记@域名 这样的地址时填 yes；不支持时请留空，否则客户的回复会被退回",
        ),
        Field("ca_file", "证书文件", is_needed=False, hint="服务器用自己的 CA 签发证书时，填 CA 证书的路径"),
    ),
    can_try=True,
)  # fmt: skip
