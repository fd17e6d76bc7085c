"""SMS by Tencent Cloud (腾讯云短信): SendSms 2021-01-11, signed with TC3-HMAC-SHA256; they post back.

Settings: secret_id, app_id, sign_name, template (used for free texts), region, endpoint.
Secrets: secret_key, callback_secret.
"""

from huhang.channels.adapters.tencent_sms.sms import TencentSms

__all__ = ["TencentSms"]
