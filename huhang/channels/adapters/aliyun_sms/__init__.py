"""SMS by Aliyun (阿里云短信服务): SendSms 2017-05-25, signed with ACS3-HMAC-SHA256; they post back.

Settings: access_key_id, sign_name, template (used for free texts), param (its one variable), endpoint.
Secrets: access_key_secret, callback_secret.
"""

from huhang.channels.adapters.aliyun_sms.sms import AliyunSms

__all__ = ["AliyunSms"]
