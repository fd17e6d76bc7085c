"""Posting to somebody else's web server: resolved once, pinned to that address, never redirected."""

from huhang.channels.adapters.web_post.post import Answer, Unreachable, post

__all__ = ["Answer", "Unreachable", "post"]
