"""An appeal as a regulator's platform exports it: 12305 and its like pass on what people complained of to them."""

from typing import Self

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, model_validator

from huhang.desk.rules.ticket_rows import Moment

DEFAULT_ENTRANCE = "regulator-12305"
TITLE_AT_MOST = 120


class AppealRow(BaseModel):
    """One appeal, known for ever by the regulator's own number of it."""

    model_config = ConfigDict(str_strip_whitespace=True, populate_by_name=True, coerce_numbers_to_str=True)

    ref: str = Field(
        min_length=1, max_length=80, validation_alias=AliasChoices("ref", "申诉编号", "转办编号", "工单编号")
    )
    transferred_at: Moment = Field(validation_alias=AliasChoices("transferred_at", "转办时间"))
    received_at: Moment | None = Field(None, validation_alias=AliasChoices("received_at", "申诉时间"))
    entrance: str = Field(
        DEFAULT_ENTRANCE, min_length=1, max_length=60, validation_alias=AliasChoices("entrance", "入口")
    )
    problem: str = Field("", max_length=60, validation_alias=AliasChoices("problem", "申诉类型", "申诉问题"))
    text: str = Field(
        min_length=2, max_length=4500, validation_alias=AliasChoices("text", "申诉内容", "内容")
    )
    wish: str = Field("", max_length=400, validation_alias=AliasChoices("wish", "申诉诉求", "诉求"))
    waybill: str = Field("", max_length=40, validation_alias=AliasChoices("waybill", "运单号", "邮件号"))
    contact_name: str = Field(
        "", max_length=80, validation_alias=AliasChoices("contact_name", "申诉人", "姓名")
    )
    contact_phone: str = Field(
        "", max_length=32, validation_alias=AliasChoices("contact_phone", "联系电话", "电话", "手机")
    )
    unit: str = Field("", max_length=32, validation_alias=AliasChoices("unit", "网点编号", "单位"))

    @model_validator(mode="after")
    def _comes_before_it_is_passed_on(self) -> Self:
        if self.received_at and self.received_at > self.transferred_at:
            raise ValueError("申诉时间晚于转办时间")
        return self

    @property
    def title(self) -> str:
        return f"监管转办：{self.problem or self.text}"[:TITLE_AT_MOST]

    @property
    def body(self) -> str:
        return f"{self.text}\n\n诉求：{self.wish}" if self.wish else self.text
