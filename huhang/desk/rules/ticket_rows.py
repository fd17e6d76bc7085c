"""A case as a row of a sheet says it."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field

from huhang.desk.rules.kinds import Kind, Priority

ZONE = ZoneInfo("Asia/Shanghai")
KIND_WORDS = {
    "咨询": Kind.INQUIRY,
    "投诉": Kind.COMPLAINT,
    "理赔": Kind.CLAIM,
    "催派": Kind.URGE,
    "预警": Kind.PREVENTION,
    "追查令": Kind.TRACE,
    "回访": Kind.FOLLOW_UP,
}
PRIORITY_WORDS = {
    "低": Priority.LOW,
    "普通": Priority.NORMAL,
    "高": Priority.HIGH,
    "紧急": Priority.URGENT,
}


def _words(meanings: dict[str, Any]) -> BeforeValidator:
    """Chinese words of a sheet, in place of our stable names."""
    return BeforeValidator(lambda value: meanings.get(value, value) if isinstance(value, str) else value)


def _slashes(value: Any) -> Any:
    """`2026/11/20 9:05` is how a spreadsheet writes a moment."""
    if not isinstance(value, str):
        return value
    day, _, hour = value.strip().replace("/", "-").partition(" ")
    day = "-".join(part.zfill(2) for part in day.split("-"))
    return f"{day} {hour.zfill(5) if len(hour) < 5 else hour}".strip() if hour else day


def _in_our_zone(value: datetime) -> datetime:
    return value if value.tzinfo else value.replace(tzinfo=ZONE)


Moment = Annotated[datetime, BeforeValidator(_slashes), AfterValidator(_in_our_zone)]


class TicketRow(BaseModel):
    """One case; without `source_ref` the row itself is its own mark, so that the same file opens nothing twice."""

    model_config = ConfigDict(str_strip_whitespace=True, populate_by_name=True, coerce_numbers_to_str=True)

    kind: Annotated[Kind, _words(KIND_WORDS)] = Field(validation_alias=AliasChoices("kind", "类型"))
    title: str = Field(min_length=2, max_length=120, validation_alias=AliasChoices("title", "标题"))
    body: str = Field("", max_length=5000, validation_alias=AliasChoices("body", "内容", "描述"))
    waybill: str = Field("", max_length=40, validation_alias=AliasChoices("waybill", "运单号", "运单"))
    unit: str = Field("", max_length=32, validation_alias=AliasChoices("unit", "网点编号", "单位"))
    contact_name: str = Field(
        "", max_length=80, validation_alias=AliasChoices("contact_name", "联系人", "姓名")
    )
    contact_phone: str = Field(
        "", max_length=32, validation_alias=AliasChoices("contact_phone", "电话", "手机")
    )
    priority: Annotated[Priority, _words(PRIORITY_WORDS)] = Field(
        Priority.NORMAL, validation_alias=AliasChoices("priority", "优先级")
    )
    source_ref: str = Field("", max_length=120, validation_alias=AliasChoices("source_ref", "外部单号"))
    opened_at: Moment | None = Field(None, validation_alias=AliasChoices("opened_at", "受理时间"))
    product: str = Field("", max_length=32, validation_alias=AliasChoices("product", "产品"))
    customer: str = Field("", max_length=32, validation_alias=AliasChoices("customer", "客户编号"))
    value: Decimal | None = Field(
        None, ge=0, lt=10**10, decimal_places=2, validation_alias=AliasChoices("value", "货值")
    )
