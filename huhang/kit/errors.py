"""Refusals. The class says what happened, its docstring is what people read; each door has one handler."""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _


class DomainError(Exception):
    """操作没有完成。"""

    status: int = 409

    def __init__(self, detail: str | None = None, **data: Any) -> None:
        self.detail = detail
        self.data: Mapping[str, Any] = data
        super().__init__(detail or self.title)

    @property
    def code(self) -> str:
        """The stable machine name, from the class name: `SeatIsFull` → `seat_is_full`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__).lower()

    @property
    def title(self) -> str:
        return _((type(self).__doc__ or "").strip())


class NotFound(DomainError):
    """没有找到，或您无权查看。"""

    status = 404


class NotAllowed(DomainError):
    """您没有这项权限。"""

    status = 403


class BadInput(DomainError):
    """提交的内容有误。"""

    status = 422

    def __init__(
        self, detail: str | None = None, errors: list[dict[str, Any]] | None = None, **data: Any
    ) -> None:
        super().__init__(detail, errors=errors or [], **data)


class TooLarge(DomainError):
    """内容超过大小上限。"""

    status = 413


class Stale(DomainError):
    """别人刚刚改过，请看过最新内容再保存；您的输入已保留。"""


class TooManyRequests(DomainError):
    """请求过于频繁，请稍后再试。"""

    status = 429
