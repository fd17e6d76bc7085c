"""An answer that can still be taken back, on the case's page and by program; and who says for how long."""

from datetime import timedelta

import pytest
from django.utils import timezone

from huhang.desk.actions import answering, leaving
from huhang.desk.models import AnswerDelay, Draft, Entry, Leaving
from tests.cast import NOON, Cast
from tests.desk.api.test_api import caller
from tests.desk.api.test_api import post as ask
from tests.desk.pages.test_pages import get, post, text
from tests.desk.scenes import a_ticket
from tests.factories import desk as factory

pytestmark = pytest.mark.django_db


class TestTakingBack:
    def test_is_offered_until_it_has_left(self, cast: Cast) -> None:
        factory.answer_delay(cast.unit("HQ"), now=NOON)
        ticket = a_ticket(cast)
        shown = text(post(cast.gao, "desk:answer", ticket.no, text="明天到"))
        assert "10 秒后发给客户" in shown
        assert "撤回" in shown
        entry = Entry.objects.get(ticket=ticket, text="明天到")
        back = text(post(cast.gao, "desk:take_back", ticket.no, entry.pk))
        assert "已撤回，客户没有看到" in back
        assert Draft.objects.get(ticket=ticket).text == "明天到"
        assert Leaving.objects.get().taken_back_by == "gao"

    def test_not_once_it_has_left(self, cast: Cast) -> None:
        factory.answer_delay(cast.unit("HQ"), now=NOON)
        ticket = a_ticket(cast)
        post(cast.gao, "desk:answer", ticket.no, text="明天到")
        leaving.leave_due(now=timezone.now() + timedelta(minutes=1))
        entry = Entry.objects.get(ticket=ticket, text="明天到")
        assert post(cast.gao, "desk:take_back", ticket.no, entry.pk).status_code == 409
        assert "desk/t/" in text(get(cast.gao, "desk:ticket", ticket.no))
        assert "data-leaves-at" not in text(get(cast.gao, "desk:ticket", ticket.no))

    def test_of_others_is_not_there(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        answering.answer(
            ticket_no=ticket.no, text="明天到", by=cast.gao, now=NOON, leaves_in=answering.LONGEST_DELAY
        )
        entry = Entry.objects.get(ticket=ticket, kind="leaving")
        assert post(cast.qian, "desk:take_back", ticket.no, entry.pk).status_code == 404
        assert post(cast.gao, "desk:take_back", ticket.no, entry.pk + 9).status_code == 404
        assert ask(caller(cast.qian), f"/tickets/{ticket.no}/entries/{entry.pk}/take_back").status_code == 404

    def test_by_program(self, cast: Cast) -> None:
        no, client = a_ticket(cast).no, caller(cast.gao)
        sent = ask(client, f"/tickets/{no}/answer", {"text": "明天到", "leaves_in": 30})
        assert sent.json()["first_response_at"]
        line = client.get(f"/api/v1/tickets/{no}/entries").json()["items"][0]
        assert (line["kind"], line["text"]) == ("leaving", "明天到")
        back = ask(client, f"/tickets/{no}/entries/{line['id']}/take_back")
        assert back.json()["first_response_at"] is None
        assert ask(client, f"/tickets/{no}/answer", {"text": "x", "leaves_in": 61}).status_code == 422
        assert ask(client, f"/tickets/{no}/answer", {"text": "后天到"}).status_code == 200
        assert Entry.objects.filter(kind="to_customer", text="后天到").exists()


class TestDelays:
    def test_are_set_beside_the_policies_by_headquarters(self, cast: Cast) -> None:
        assert post(cast.gao, "desk:answer_delay", unit="SZ-WZ", seconds="5").status_code == 403
        assert "5 秒内" in text(post(cast.hua, "desk:answer_delay", unit="SZ-WZ", seconds="5"))
        assert 'value="5"' in text(get(cast.hua, "desk:answer_delay", query="?unit=SZ-WZ"))
        assert post(cast.hua, "desk:answer_delay", unit="SZ-WZ", seconds="61").status_code == 422
        post(cast.hua, "desk:answer_delay", unit="SZ-WZ", seconds="")
        assert not AnswerDelay.objects.exists()

    def test_by_program(self, cast: Cast) -> None:
        hua, address = caller(cast.hua), "/api/v1/answer_delays/SZ-WZ"
        said = hua.put(address, {"seconds": 0}, content_type="application/json")
        assert [row["seconds"] for row in said.json()["items"]] == [0]
        assert hua.put(address, {"seconds": -1}, content_type="application/json").status_code == 422
        gao = caller(cast.gao)
        assert gao.put(address, {"seconds": 9}, content_type="application/json").status_code == 403
        assert hua.put(address, {"seconds": None}, content_type="application/json").json() == {"items": []}
