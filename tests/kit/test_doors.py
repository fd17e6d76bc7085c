"""Doors: who may enter, and how a refusal reads."""

import json

import pytest
from django.test import RequestFactory
from pydantic import BaseModel, ConfigDict

from huhang.kit.doors import problem, read
from huhang.kit.errors import BadInput, DomainError, NotFound


class SeatIsFull(DomainError):
    """这位同事手上的工单已满。"""


class Form(BaseModel):
    model_config = ConfigDict(extra="forbid")
    text: str
    units: list[str] = []


def posted(**fields: object) -> object:
    return RequestFactory().post("/", fields)


class TestRefusal:
    def test_is_a_problem_document_with_the_docstring_as_title(self) -> None:
        answer = problem(RequestFactory().get("/x"), SeatIsFull(seat=7))
        body = json.loads(answer.content)
        assert answer["Content-Type"] == "application/problem+json"
        assert (body["status"], body["code"], body["title"], body["seat"]) == (
            409, "seat_is_full", "这位同事手上的工单已满。", 7,
        )  # fmt: skip

    def test_not_found_and_not_yours_look_the_same(self) -> None:
        assert NotFound().status == 404


class TestRead:
    def test_takes_lists_and_single_values(self) -> None:
        form = read(Form, posted(text="好", units=["A", "B"]))  # type: ignore[arg-type]
        assert (form.text, form.units) == ("好", ["A", "B"])

    def test_refuses_a_field_that_was_not_asked_for(self) -> None:
        with pytest.raises(BadInput) as refusal:
            read(Form, posted(text="好", is_admin="1"))  # type: ignore[arg-type]
        assert refusal.value.data["errors"][0]["field"] == "is_admin"
