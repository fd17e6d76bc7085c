"""What is said about each thing on the ground, by whichever door: a form, a file, the API, the demo."""

from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field

from huhang.network.rules.roles import Role
from huhang.network.rules.tree import CODE, Kind

KIND_WORDS = {
    "总部": Kind.HQ,
    "省区": Kind.PROVINCE,
    "省": Kind.PROVINCE,
    "城市": Kind.CITY,
    "市": Kind.CITY,
    "网点": Kind.OUTLET,
    "分拨中心": Kind.HUB,
    "分拨": Kind.HUB,
    "干线车队": Kind.LINEHAUL,
    "干线": Kind.LINEHAUL,
    "职能部门": Kind.DEPARTMENT,
    "部门": Kind.DEPARTMENT,
}
ROLE_WORDS = {
    "客服专员": Role.AGENT,
    "客服组长": Role.TEAM_LEAD,
    "网点负责人": Role.OUTLET_OWNER,
    "网点客服": Role.OUTLET_CLERK,
    "分拨处理员": Role.HUB_HANDLER,
    "快递员": Role.COURIER,
    "职能处理员": Role.DEPARTMENT_HANDLER,
    "省区负责人": Role.PROVINCE_LEAD,
    "总部经理": Role.HQ_MANAGER,
    "系统管理员": Role.ADMINISTRATOR,
    "审计员": Role.AUDITOR,
}
CUSTOMER_WORDS = {"散客": "retail", "协议客户": "contract", "合同客户": "contract"}
YES_NO = {"是": True, "否": False, "启用": True, "停用": False}


def _words(meanings: dict[str, Any]) -> BeforeValidator:
    """Chinese words of a sheet, in place of our stable names."""
    return BeforeValidator(lambda value: meanings.get(value, value) if isinstance(value, str) else value)


def _split(value: Any) -> Any:
    """`木渎、金山路` → two words; sheets use any of these marks."""
    if not isinstance(value, str):
        return value
    for mark in "，,;；|>→\n":
        value = value.replace(mark, "、")
    return [word.strip() for word in value.split("、") if word.strip()]


def _also(*names: str) -> Any:
    """The column's names in a sheet: ours first."""
    return AliasChoices(*names)


Code = Annotated[str, Field(min_length=1, max_length=32, pattern=rf"^{CODE.pattern}$")]
OptionalCode = Annotated[str, Field(max_length=32)]
Name = Annotated[str, Field(min_length=1, max_length=80)]
Phone = Annotated[str, Field(max_length=32)]
YesNo = Annotated[bool, _words(YES_NO)]
Words = Annotated[list[str], BeforeValidator(_split)]


class Row(BaseModel):
    """Texts come without spaces around them; columns that we do not know are left alone.

    What a row does not say stays as it is: a file of phones does not wipe the names.
    """

    model_config = ConfigDict(str_strip_whitespace=True, populate_by_name=True, coerce_numbers_to_str=True)

    def said(self, *names: str) -> dict[str, Any]:
        """The given values among these names."""
        return self.model_dump(include=set(names) & self.model_fields_set)

    def says(self, name: str) -> bool:
        return name in self.model_fields_set


class UnitRow(Row):
    code: Code = Field(validation_alias=_also("code", "编号", "网点编号", "机构编号"))
    name: Name = Field(validation_alias=_also("name", "名称"))
    kind: Annotated[Kind, _words(KIND_WORDS)] = Field(validation_alias=_also("kind", "类型"))
    parent: OptionalCode = Field("", validation_alias=_also("parent", "上级编号", "上级"))
    name_en: str = Field("", max_length=80, validation_alias=_also("name_en", "英文名"))
    phone: Phone = Field("", validation_alias=_also("phone", "电话"))
    is_active: YesNo = Field(True, validation_alias=_also("is_active", "启用"))


class PersonRow(Row):
    username: str = Field(
        min_length=1,
        max_length=150,
        pattern=r"^[\w.@+-]+$",
        validation_alias=_also("username", "登录名", "工号"),
    )
    display_name: str = Field(min_length=1, max_length=40, validation_alias=_also("display_name", "姓名"))
    phone: Phone = Field("", validation_alias=_also("phone", "手机", "电话"))
    home: OptionalCode = Field("", validation_alias=_also("home", "所属单元"))
    role: Annotated[Role | None, _words(ROLE_WORDS)] = Field(None, validation_alias=_also("role", "角色"))
    unit: OptionalCode = Field("", validation_alias=_also("unit", "授权范围"))
    is_active: YesNo = Field(True, validation_alias=_also("is_active", "启用"))


class CustomerRow(Row):
    code: Code = Field(validation_alias=_also("code", "客户编号", "编号"))
    name: Name = Field(validation_alias=_also("name", "姓名", "名称"))
    kind: Annotated[str, _words(CUSTOMER_WORDS)] = Field(
        "retail", pattern="^(retail|contract)$", validation_alias=_also("kind", "类型")
    )
    phone: Phone = Field("", validation_alias=_also("phone", "手机", "电话"))
    unit: OptionalCode = Field("", validation_alias=_also("unit", "归属单元", "网点编号"))


class CourierRow(Row):
    code: Code = Field(validation_alias=_also("code", "工号", "编号"))
    name: str = Field(min_length=1, max_length=40, validation_alias=_also("name", "姓名"))
    unit: Code = Field(validation_alias=_also("unit", "网点编号", "所属单元"))
    phone: Phone = Field("", validation_alias=_also("phone", "手机", "电话"))
    username: str = Field("", max_length=150, validation_alias=_also("username", "登录名"))
    is_active: YesNo = Field(True, validation_alias=_also("is_active", "启用"))


class AreaRow(Row):
    code: Code = Field(validation_alias=_also("code", "编号"))
    name: Name = Field(validation_alias=_also("name", "名称"))
    unit: Code = Field(validation_alias=_also("unit", "网点编号", "所属单元"))
    courier: OptionalCode = Field("", validation_alias=_also("courier", "快递员工号", "快递员"))
    keywords: Words = Field([], validation_alias=_also("keywords", "关键词"))


class RouteRow(Row):
    code: Code = Field(validation_alias=_also("code", "编号"))
    origin: Code = Field(validation_alias=_also("origin", "起点编号", "起点"))
    destination: Code = Field(validation_alias=_also("destination", "终点编号", "终点"))
    hubs: Words = Field([], validation_alias=_also("hubs", "途经分拨", "分拨"))
    product: str = Field("", max_length=32, validation_alias=_also("product", "产品"))


class StandardRow(Row):
    origin: Code = Field(validation_alias=_also("origin", "起点编号", "起点"))
    destination: Code = Field(validation_alias=_also("destination", "终点编号", "终点"))
    hours: int = Field(ge=1, le=2400, validation_alias=_also("hours", "时效小时", "小时"))
    product: str = Field("", max_length=32, validation_alias=_also("product", "产品"))
    source: str = Field("", max_length=120, validation_alias=_also("source", "依据"))
