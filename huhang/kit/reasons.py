"""Why a value was refused, in words for people: pydantic's errors, said in our language."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import ValidationError
from pydantic_core import ErrorDetails

# By pydantic's stable error type; `%(name)s` are from the error's own context.
_SENTENCES = {
    "missing": gettext_lazy("必填，不能为空"),
    "extra_forbidden": gettext_lazy("没有这个字段"),
    "string_too_short": gettext_lazy("至少 %(min_length)s 个字"),
    "string_too_long": gettext_lazy("最多 %(max_length)s 个字"),
    "string_pattern_mismatch": gettext_lazy("格式不对"),
    "int_parsing": gettext_lazy("应为整数"),
    "int_from_float": gettext_lazy("应为整数"),
    "float_parsing": gettext_lazy("应为数字"),
    "bool_parsing": gettext_lazy("应为 是 或 否"),
    "enum": gettext_lazy("只能是 %(expected)s"),
    "literal_error": gettext_lazy("只能是 %(expected)s"),
    "greater_than": gettext_lazy("应大于 %(gt)s"),
    "greater_than_equal": gettext_lazy("不能小于 %(ge)s"),
    "less_than_equal": gettext_lazy("不能大于 %(le)s"),
    "datetime_from_date_parsing": gettext_lazy("不是有效的时间"),
    "datetime_parsing": gettext_lazy("不是有效的时间"),
    "date_from_datetime_parsing": gettext_lazy("不是有效的日期"),
}


def of(error: ValidationError) -> Iterator[dict[str, Any]]:
    """Each refused field: `{"field", "reason"}`."""
    for detail in error.errors(include_url=False):
        yield {"field": ".".join(map(str, detail["loc"])), "reason": _reason(detail)}


def _reason(detail: ErrorDetails) -> str:
    context = detail.get("ctx", {})
    if detail["type"] == "value_error":
        return str(context.get("error", detail["msg"]))
    sentence = _SENTENCES.get(detail["type"])
    return str(sentence) % context if sentence else _("不合要求：%(detail)s") % {"detail": detail["msg"]}
