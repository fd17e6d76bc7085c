"""What a file, a form or the pack says of a link standard."""

from typing import Annotated, Any, Self

from pydantic import AliasChoices, BeforeValidator, Field, model_validator

from huhang.journey.rules.watch import Link
from huhang.network.rules.rows import Row

KIND_WORDS = {
    "揽收": Link.COLLECTION,
    "始发分拨": Link.ORIGIN_HUB,
    "干线": Link.LINEHAUL,
    "运输": Link.LINEHAUL,
    "目的分拨": Link.DESTINATION_HUB,
    "派送": Link.DELIVERY,
}
A_MONTH = 31 * 24 * 60


def _kind(value: Any) -> Any:
    """The Chinese word of a sheet, in place of our stable name."""
    return KIND_WORDS.get(value, value) if isinstance(value, str) else value


class LinkStandardRow(Row):
    """Without ends it holds anywhere; without hours, all day."""

    kind: Annotated[Link, BeforeValidator(_kind)] = Field(validation_alias=AliasChoices("kind", "环节"))
    minutes: int = Field(ge=1, le=A_MONTH, validation_alias=AliasChoices("minutes", "标准分钟", "分钟"))
    origin: str = Field("", max_length=32, validation_alias=AliasChoices("origin", "起点编号", "起点"))
    destination: str = Field(
        "", max_length=32, validation_alias=AliasChoices("destination", "终点编号", "终点")
    )
    product: str = Field("", max_length=32, validation_alias=AliasChoices("product", "产品"))
    from_hour: int = Field(0, ge=0, le=23, validation_alias=AliasChoices("from_hour", "from", "开始钟点"))
    to_hour: int = Field(24, ge=1, le=24, validation_alias=AliasChoices("to_hour", "to", "截止钟点"))
    source: str = Field("", max_length=120, validation_alias=AliasChoices("source", "依据"))

    @model_validator(mode="after")
    def hours_run_forward(self) -> Self:
        """An hour that begins before it ends; over midnight one writes two rows."""
        if self.from_hour >= self.to_hour:
            raise ValueError("to_hour must be later than from_hour")
        return self
