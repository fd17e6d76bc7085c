"""Doors: who may enter, and how a refusal reads."""

import json

import pytest
from django.test import RequestFactory
from pydantic import BaseModel, ConfigDict

from huhang.kit.doors import KeyReused, once, problem, read
from huhang.kit.errors import BadInput, DomainError, NotFound
from tests.cast import NOON


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


@pytest.mark.django_db
class TestOnce:
    def test_the_second_time_gives_the_first_answer_without_acting(self) -> None:
        acts: list[int] = []

        def act() -> tuple[int, dict[str, int]]:
            acts.append(1)
            return 201, {"no": len(acts)}

        answers = [once(client="c", key="k", content=b"{}", now=NOON, act=act) for _ in range(2)]
        assert answers == [(201, {"no": 1})] * 2
        assert len(acts) == 1

    def test_the_same_key_for_other_content_is_refused(self) -> None:
        once(client="c", key="k", content=b"1", now=NOON, act=lambda: (201, None))
        with pytest.raises(KeyReused):
            once(client="c", key="k", content=b"2", now=NOON, act=lambda: (201, None))

    def test_another_client_s_key_is_another_key(self) -> None:
        once(client="a", key="k", content=b"1", now=NOON, act=lambda: (201, None))
        assert once(client="b", key="k", content=b"2", now=NOON, act=lambda: (202, None)) == (202, None)
