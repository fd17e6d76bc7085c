"""WeCom customer service (企业微信·微信客服): a callback says that something waits, and it is fetched page by page.

Settings: corp_id, open_kfid (the door used where a letter names none), base_url (optional). Secrets: secret (of the app
that manages customer service), token, aes_key.

A letter's `extra`: menu (JSON) makes answers to press; appid + pagepath + title, or url + title + description, make a
card; welcome_code greets somebody who has just come in.
"""

from huhang.channels.adapters.wecom.account import WeCom

__all__ = ["WeCom"]
