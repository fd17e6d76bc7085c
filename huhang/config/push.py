"""The push server's door."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huhang.config.settings")
django.setup()

from huhang.kit.push import application  # noqa: E402

__all__ = ["application"]
