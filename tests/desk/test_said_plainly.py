"""What is said is said in words that name who and what: to people by name, to programs by field."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import gettext, pgettext

from huhang.desk.actions import weighing
from huhang.desk.queries.cases import story_of
from huhang.desk.rules.kinds import Kind, Priority
from huhang.network.models import Person
from tests.cast import NOON, Cast
from tests.desk.api.test_api import caller, post
from tests.desk.pages.test_pages import get, text
from tests.desk.scenes import a_ticket
from tests.factories import channels as factory
from tests.factories import network

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("/tickets", {"kind": "complaint", "title": "破损", "unit": "nowhere"}),
        ("/tickets", {"kind": "complaint", "title": "破损", "unit": "SZ-GS"}),
        ("/tickets/{no}/hand_over", {"unit": "nowhere", "reason": "派错"}),
        ("/macros", {"name": "x", "unit": "nowhere", "actions": [{"do": "note", "text": "x"}]}),
        ("/screens", {"unit": "nowhere", "name": "大厅"}),
    ],
)
def test_an_unknown_unit_is_named_with_its_field(cast: Cast, address: str, body: dict[str, Any]) -> None:
    said = post(caller(cast.gao), address.replace("{no}", a_ticket(cast).no), body).json()
    assert (said["code"], said["status"], said["errors"][0]["field"]) == ("unknown_unit", 404, "unit")
    assert body["unit"] in said["detail"]


def test_a_bulk_run_says_which_word_means_nothing(cast: Cast) -> None:
    order = {"verb": "hand_over", "filters": {"kind": "complaint"}, "unit": "nowhere", "reason": "x"}
    said = post(caller(cast.gao), "/bulk", order).json()
    assert (said["code"], said["field"]) == ("no_such_unit", "unit")


def test_the_story_says_who_gave_the_case_another_weight(cast: Cast) -> None:
    Person.objects.filter(pk=cast.gao.pk).update(display_name="高老板")
    ticket = a_ticket(cast)
    by = Person.objects.get(pk=cast.gao.pk)
    weighing.weigh(ticket_no=ticket.no, priority=Priority.URGENT, reason="客户急用", by=by, now=NOON)
    assert "高老板 把工单由普通优先级调整为紧急优先级：客户急用" in [line.text for line in story_of(ticket)]


def test_a_file_bears_its_senders_name(cast: Cast, settings: Any, tmp_path: Path) -> None:
    settings.FILES = tmp_path
    Person.objects.filter(pk=cast.gao.pk).update(display_name="高老板")
    ticket, client = a_ticket(cast), caller(cast.gao)
    file = SimpleUploadedFile("a.pdf", b"%PDF-1.7\n1 0 obj\n%%EOF")
    client.post(f"/api/v1/tickets/{ticket.no}/files", {"files": file})
    [row] = client.get(f"/api/v1/tickets/{ticket.no}/files").json()["items"]
    assert (row["by"], row["by_name"]) == ("gao", "高老板")
    shown = text(get(cast.lin, "desk:attachments", ticket.no))
    assert "高老板" in shown
    assert ">gao" not in shown


def test_a_telling_bears_the_events_name(cast: Cast) -> None:
    keeper = network.person("keeper", home=cast.unit("HQ"))
    network.grant(keeper, "administrator", cast.unit("HQ"))
    hook = factory.webhook(cast.unit("HQ"), at=NOON)
    factory.delivery(hook, factory.webhook_message(at=NOON), at=NOON)
    [row] = caller(keeper).get(f"/api/v1/webhooks/{hook.pk}/deliveries").json()["items"]
    assert (row["event"], row["event_name"]) == ("ticket.opened", "工单开启")


def test_a_claim_for_money_is_another_word_than_claiming_a_case() -> None:
    from huhang.desk.models.ticket import KIND_NAMES

    assert str(KIND_NAMES[Kind.CLAIM]) == pgettext("kind of ticket", "理赔")
    assert gettext("认领")
