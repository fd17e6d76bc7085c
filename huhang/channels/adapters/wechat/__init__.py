"""WeChat official accounts (微信公众号、服务号): callbacks in the clear or sealed, customer-service messages, notices.

Settings: app_id, base_url (optional). Secrets: app_secret, token, aes_key (EncodingAESKey; empty only where the console
says plain mode: once there is one, what is not sealed is not believed).

A letter's `extra`: template + params (JSON) send a notice instead of a message, by = subscribe the newer sort of it,
with url or appid + pagepath behind it; menu (JSON) makes a message of answers to press; appid + pagepath + title, or
url + title + description, make a card.
"""

from huhang.channels.adapters.wechat.account import WeChat

__all__ = ["WeChat"]
