"""Weibo fan service (微博粉丝服务平台). EXPERIMENTAL: written from documents of 2014 to 2022, tried on no live account.

Settings: base_url, upload_url (optional). Secrets: app_secret (signs callbacks), access_token (holds a year; from the
console). A letter's `extra`: url + title + description make a card.
"""

from huhang.channels.adapters.weibo.account import Weibo

__all__ = ["Weibo"]
