"""Files that go along when two cases are made of one."""

from pathlib import Path
from typing import Any

import pytest

from huhang.desk.actions import answering, attachments, splitting
from huhang.desk.actions.carrying import Carried
from huhang.desk.models import Attachment, Ticket
from huhang.desk.rules.kinds import EntryKind, Kind
from huhang.kit import file_store
from huhang.kit.errors import NotFound
from huhang.kit.received import Given
from tests.cast import NOON, Cast
from tests.desk.api.test_api import caller
from tests.desk.api.test_api import post as ask
from tests.desk.pages.test_pages import get, post, text
from tests.desk.scenes import a_ticket
from tests.factories import desk as factory

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n1 0 obj\n%%EOF"


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.FILES = tmp_path


def a_case(cast: Cast) -> tuple[Ticket, Attachment]:
    """A customer has written of another parcel, and sent a file with it."""
    ticket = a_ticket(cast)
    answering.hear(ticket=ticket, text="还有一票也坏了", now=NOON)
    entry = ticket.entries.get(kind=EntryKind.FROM_CUSTOMER)
    [row] = attachments.attach(
        ticket_no=ticket.no, given=[Given("a.pdf", PDF)], by=None, now=NOON, is_public=True, entry=entry
    )
    return ticket, row


def split(cast: Cast, ticket: Ticket, *files: Attachment, carried: Carried) -> Ticket:
    entries = list(ticket.entries.filter(kind=EntryKind.FROM_CUSTOMER).values_list("pk", flat=True))
    return splitting.split(
        ticket_no=ticket.no, entry_ids=entries, title="另一件破损", kind=Kind.COMPLAINT, unit_code="SZ-WZ",
        attachment_ids=[row.pk for row in files], carried=carried, by=cast.lin, now=NOON,
    )  # fmt: skip


class TestCarrying:
    def test_shown_in_both_is_a_file_of_its_own_in_each(self, cast: Cast) -> None:
        ticket, row = a_case(cast)
        made = split(cast, ticket, row, carried=Carried.BOTH)
        [copy] = made.attachments.all()
        assert ticket.attachments.get() == row
        assert copy.stored != row.stored
        assert file_store.read(copy.stored) == file_store.read(row.stored) == PDF
        assert (copy.is_public, copy.by, copy.at) == (True, "", row.at)
        assert copy.entry == made.entries.get(kind=EntryKind.FROM_CUSTOMER)
        assert ticket.entries.filter(words__made=made.no, words__number="1").exists()

    def test_moved_is_in_one_place_and_whole(self, cast: Cast) -> None:
        ticket, row = a_case(cast)
        made = split(cast, ticket, row, carried=Carried.MOVED)
        assert (ticket.attachments.count(), made.attachments.get()) == (0, row)
        assert made.attachments.get().entry == made.entries.get(kind=EntryKind.FROM_CUSTOMER)
        assert file_store.read(made.attachments.get().stored) == PDF

    def test_the_same_split_again_is_the_same_case_and_its_files(self, cast: Cast) -> None:
        ticket, row = a_case(cast)
        first = split(cast, ticket, row, carried=Carried.MOVED)
        assert split(cast, ticket, row, carried=Carried.MOVED) == first
        assert Attachment.objects.count() == 1

    def test_evidence_of_a_step_stays_with_the_step(self, cast: Cast) -> None:
        ticket, _row = a_case(cast)
        step = ticket.steps.order_by("pk")[0]
        film = factory.attachment(ticket, now=NOON, reference="三号门 14:00", step=step)
        made = split(cast, ticket, film, carried=Carried.MOVED)
        assert (step.attachments.get(), made.attachments.get().reference) == (film, "三号门 14:00")
        assert made.attachments.get().step is None

    def test_what_was_not_chosen_stays(self, cast: Cast) -> None:
        ticket, row = a_case(cast)
        made = split(cast, ticket, carried=Carried.MOVED)
        assert (ticket.attachments.get(), made.attachments.count()) == (row, 0)

    def test_a_foreign_file_is_not_there_and_nothing_is_opened(self, cast: Cast) -> None:
        ticket, _row = a_case(cast)
        foreign = factory.attachment(a_ticket(cast), now=NOON, reference="别处")
        before = Ticket.objects.count()
        with pytest.raises(NotFound):
            split(cast, ticket, foreign, carried=Carried.BOTH)
        assert Ticket.objects.count() == before


class TestDoors:
    def test_page(self, cast: Cast) -> None:
        ticket, row = a_case(cast)
        assert "a.pdf" in text(get(cast.gao, "desk:split", ticket.no))
        entry = ticket.entries.get(kind=EntryKind.FROM_CUSTOMER)
        form: dict[str, Any] = {
            "entries": entry.pk,
            "title": "另一件",
            "kind": "inquiry",
            "unit": "SZ-WZ",
            "files": row.pk,
        }
        assert post(cast.gao, "desk:split", ticket.no, **form, carried="moved").status_code == 204
        row.refresh_from_db()
        assert row.ticket != ticket
        assert post(cast.gao, "desk:split", ticket.no, **form, carried="gone").status_code == 422

    def test_api(self, cast: Cast) -> None:
        ticket, row = a_case(cast)
        entry = ticket.entries.get(kind=EntryKind.FROM_CUSTOMER)
        body = {"entries": [entry.pk], "title": "另一件", "kind": "inquiry", "unit": "SZ-WZ"}
        client = caller(cast.gao)
        assert ask(client, f"/tickets/{ticket.no}/split", body | {"files": [row.pk + 9]}).status_code == 404
        made = ask(client, f"/tickets/{ticket.no}/split", body | {"files": [row.pk], "carried": "moved"})
        assert made.status_code == 201, made.content
        row.refresh_from_db()
        assert row.ticket.no == made.json()["no"]
