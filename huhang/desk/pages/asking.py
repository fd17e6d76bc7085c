"""What a form asks of a case whose kind people choose: the kind, its plan's questions, what the parcel is worth."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, model_validator

from huhang.desk.models.ticket import KIND_NAMES
from huhang.desk.rules.kinds import OUR_OWN

ANSWER = "answer."
# Cases of these kinds are opened by people; prevention cases by the watch alone, searches from a loss.
KINDS = {kind: name for kind, name in KIND_NAMES.items() if kind not in OUR_OWN}

# Browsers send a field that was left empty as an empty word.
LEFT_EMPTY = BeforeValidator(lambda text: text or None)
Money = Annotated[Annotated[Decimal, Field(ge=0, lt=10**10, decimal_places=2)] | None, LEFT_EMPTY]


class Answering(BaseModel):
    """A form with the plan's questions as fields of their own: `answer.<key>`."""

    answers: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def gather_answers(cls, posted: dict[str, Any]) -> dict[str, Any]:
        given = {key: value for key, value in posted.items() if key.startswith(ANSWER)}
        rest = {key: value for key, value in posted.items() if key not in given}
        return rest | {"answers": {key.removeprefix(ANSWER): value for key, value in given.items()}}
