"""What strangers attach: told by content, written anew, served so that nothing in it runs."""

import os
from contextlib import suppress
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from huhang.desk.actions import attachments, progress
from huhang.desk.models import Attachment, Ticket
from huhang.kit import file_store, heic, pictures, received
from huhang.kit.errors import DomainError
from huhang.kit.file_types import OFFICE
from huhang.kit.received import Given
from tests import pictures as made
from tests.cast import Cast
from tests.desk.scenes import a_ticket
from tests.factories import desk as factory
from tests.hostile.ground import browser

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, settings: Any) -> None:
    settings.FILES = tmp_path / "files"


@pytest.fixture
def ticket(cast: Cast) -> Ticket:
    return a_ticket(cast)


def put(ticket: Ticket, cast: Cast, content: bytes, name: str = "a.jpg", **more: Any) -> Attachment:
    given = [Given(name, content)]
    return attachments.attach(ticket_no=ticket.no, given=given, by=cast.gao, now=timezone.now(), **more)[0]


def lying(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


WHOLE = made.photo()


class TestContent:
    @pytest.mark.parametrize(
        ("content", "content_type", "name"),
        [
            (WHOLE, "image/jpeg", "x.jpg"),
            (made.photo("PNG"), "image/png", "x.png"),
            (made.photo("WEBP"), "image/jpeg", "x.jpg"),
            (made.heic(), "image/heic", "x.heic"),
            (made.PDF, "application/pdf", "x.pdf"),
            (made.MP4, "video/mp4", "x.mp4"),
            (made.document(), OFFICE["word/"].content_type, "x.docx"),
            (made.document(folder="xl/"), OFFICE["xl/"].content_type, "x.xlsx"),
        ],
        ids=["jpeg", "png", "webp", "heic", "pdf", "mp4", "docx", "xlsx"],
    )  # fmt: skip
    def test_is_told_by_its_bytes_whatever_it_is_called(
        self, ticket: Ticket, cast: Cast, content: bytes, content_type: str, name: str
    ) -> None:
        row = put(ticket, cast, content, "x.exe")
        assert (row.content_type, row.name) == (content_type, f"x.exe.{name.split('.')[1]}")

    @pytest.mark.parametrize(
        "content",
        [
            b"", b"\x00", b"MZ\x90\x00", made.SVG, made.HTML, b"#!/bin/sh\nid", b"GIF89a" + made.HTML, b"\xff\xd8\xff",
            WHOLE[:400], b"\x89PNG\r\n\x1a\n" + made.HTML, b"RIFF\x00\x00\x00\x00WEBP", b"RIFF",
            b"PK\x03\x04" + made.HTML,
            made.document(folder="etc/"), made.document(("word/vbaProject.bin", b"x")), made.bomb(), made.heic()[:80],
            made.document(("word/zeros", bytes(30_000_000))), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            made.heic(offset=4_000_000_000), b"\x00\x00\x00\x18ftypheic", b"\x00\x00\x00\x18ftyp\x00\x00\x00\x00",
        ],
        ids=[
            "nothing", "a zero", "a program", "svg", "html", "a script", "gif with html", "three bytes", "cut off",
            "png with html", "empty webp", "riff alone", "zip with html", "any zip", "macros", "png bomb",
            "heic cut off",
            "zip bomb", "old office", "heic that points outside", "heic without boxes", "unknown brand",
        ],
    )  # fmt: skip
    def test_that_is_none_of_ours_is_refused_and_leaves_nothing(
        self, ticket: Ticket, cast: Cast, content: bytes, settings: Any
    ) -> None:
        with pytest.raises(DomainError):
            put(ticket, cast, content, "photo.jpg")
        assert not Attachment.objects.exists()
        assert lying(settings.FILES) == []

    def test_of_a_picture_keeps_no_place_and_no_second_format(self, ticket: Ticket, cast: Cast) -> None:
        row = put(ticket, cast, WHOLE + b"PK\x03\x04" + made.HTML)
        for stored in (row.stored, row.small):
            kept = file_store.read(stored)
            assert made.PLACE not in kept
            assert made.HTML not in kept
        with Image.open(BytesIO(file_store.read(row.stored))) as seen:
            assert seen.size == (600, 800)  # turned upright, as its Exif asked
            assert not seen.getexif()

    def test_of_an_apple_picture_keeps_no_place_either(self, ticket: Ticket, cast: Cast) -> None:
        kept = file_store.read(put(ticket, cast, made.heic()).stored)
        assert made.PLACE not in kept
        assert b"PICTURE-BYTES" in kept

    @pytest.mark.parametrize("cut", range(0, len(made.heic()), 7))
    def test_of_a_broken_apple_picture_is_refused_or_blanked(self, cut: int) -> None:
        whole = bytearray(made.heic())
        whole[cut] ^= 0xFF
        with suppress(heic.HeicUnreadable):
            heic.blanked(bytes(whole))

    def test_of_a_huge_photograph_becomes_a_handy_one(self) -> None:
        with Image.open(BytesIO(pictures.anew(made.photo(size=(6000, 4000))).content)) as seen:
            assert max(seen.size) == pictures.EDGE


class TestNames:
    @pytest.mark.parametrize(
        ("name", "shown"),
        [
            ("../../etc/passwd", "passwd.jpg"), ("..\\..\\boot.ini", "boot.ini.jpg"), ("", "附件.jpg"),
            (".jpg", "附件.jpg"),
            ("a\x00b.jpg", "ab.jpg"), ("photo\u202egpj.exe", "photogpj.exe.jpg"), ("破损 照片.JPG", "破损 照片.JPG"),
            ("a\r\nSet-Cookie: x=1.jpg", "aSet-Cookie: x=1.jpg"), ('"><script>.jpg', '"><script>.jpg'),
            ("长" * 400 + ".jpg", "长" * 116 + ".jpg"), ("....", "附件.jpg"), ("/", "附件.jpg"),
        ],
    )  # fmt: skip
    def test_are_shown_without_tricks_and_never_used(
        self, ticket: Ticket, cast: Cast, name: str, shown: str, settings: Any
    ) -> None:
        row = put(ticket, cast, WHOLE, name)
        assert row.name == shown
        names = {path.name for path in lying(settings.FILES)}
        assert names == {row.stored, row.small}
        answer = browser(cast.gao).get(f"/desk/files/{row.pk}/")
        assert "Set-Cookie" not in answer.headers
        assert answer["Content-Disposition"].startswith("inline; filename")

    @pytest.mark.parametrize(
        "name", ["", "..", "../settings.py", "a" * 31, "A" * 32, "0" * 31 + "/", "0" * 33]
    )
    def test_that_we_never_gave_are_not_looked_for(self, name: str) -> None:
        with pytest.raises(DomainError):
            file_store.read(name)


class TestLimits:
    def test_of_size_and_number(self, ticket: Ticket, cast: Cast, settings: Any) -> None:
        settings.ATTACHMENT_BYTES, settings.ATTACHMENTS_PER_CASE = 1000, 2
        with pytest.raises(received.FileTooLarge):
            put(ticket, cast, made.PDF + bytes(1000))
        for number in range(2):
            put(ticket, cast, made.PDF + bytes([number]))
        with pytest.raises(attachments.CaseIsFull):
            put(ticket, cast, made.PDF + b"3")
        put(ticket, cast, made.PDF + b"\x00")  # the same once more is no further one
        assert ticket.attachments.count() == 2

    def test_one_bad_file_keeps_out_the_others(self, ticket: Ticket, cast: Cast) -> None:
        given = [Given("a.jpg", WHOLE), Given("b.jpg", made.HTML)]
        with pytest.raises(received.FileNotTaken):
            attachments.attach(ticket_no=ticket.no, given=given, by=cast.gao, now=timezone.now())
        assert not Attachment.objects.exists()

    def test_a_body_that_announces_too_much_is_not_read(self, ticket: Ticket, cast: Cast) -> None:
        answer = browser(cast.gao).generic(
            "POST", f"/desk/t/{ticket.no}/files/add/", b"x", "multipart/form-data; boundary=x",
            CONTENT_LENGTH=str(10**12),
        )  # fmt: skip
        assert answer.status_code == 413

    def test_a_forged_form_of_another_site_is_refused(self, ticket: Ticket, cast: Cast) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(cast.gao, backend="django.contrib.auth.backends.ModelBackend")
        files = SimpleUploadedFile("a.jpg", WHOLE)
        assert client.post(f"/desk/t/{ticket.no}/files/add/", {"files": files}).status_code == 403


class TestServing:
    def test_lets_nothing_run(self, ticket: Ticket, cast: Cast) -> None:
        for content, is_shown in ((WHOLE, True), (made.PDF, False), (made.heic(), False), (made.MP4, False)):
            answer = browser(cast.gao).get(f"/desk/files/{put(ticket, cast, content).pk}/")
            assert answer["Content-Disposition"].startswith("inline" if is_shown else "attachment")
            assert answer["X-Content-Type-Options"] == "nosniff"
            assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
            assert answer["Cache-Control"] == "private, no-store"

    def test_is_for_those_who_see_the_case(self, ticket: Ticket, cast: Cast) -> None:
        row = put(ticket, cast, WHOLE)
        for path in (f"/desk/files/{row.pk}/", f"/desk/files/{row.pk}/small/"):
            assert browser(cast.gao).get(path).status_code == 200
            assert browser(cast.qian).get(path).status_code == 404
            assert browser(None).get(path).status_code == 302
        assert browser(cast.gao).get("/desk/files/999999999999999999999/").status_code == 404

    def test_a_stranger_adds_and_shows_nothing(self, ticket: Ticket, cast: Cast) -> None:
        row = put(ticket, cast, WHOLE)
        base = f"/desk/t/{ticket.no}/files"
        files = SimpleUploadedFile("a.jpg", WHOLE)
        assert browser(cast.qian).post(f"{base}/add/", {"files": files}).status_code == 404
        assert browser(cast.qian).post(f"{base}/{row.pk}/show/", {"is_public": "true"}).status_code == 404
        assert browser(cast.qian).post(f"{base}/video/", {"reference": "x"}).status_code == 404

    def test_a_file_of_another_case_is_not_shown_by_this_one(self, ticket: Ticket, cast: Cast) -> None:
        row = put(a_ticket(cast), cast, WHOLE)
        answer = browser(cast.gao).post(f"/desk/t/{ticket.no}/files/{row.pk}/show/", {"is_public": "true"})
        assert answer.status_code == 404
        row.refresh_from_db()
        assert not row.is_public

    def test_evidence_need_not_belong_to_a_step(self, ticket: Ticket, cast: Cast) -> None:
        given = {"files": SimpleUploadedFile("a.jpg", WHOLE), "step": ""}
        assert browser(cast.gao).post(f"/desk/t/{ticket.no}/files/add/", given).status_code == 200
        assert not Attachment.objects.get().is_public

    def test_evidence_belongs_to_a_step_of_this_case(self, ticket: Ticket, cast: Cast) -> None:
        foreign = a_ticket(cast).steps.first()
        assert foreign is not None
        files = SimpleUploadedFile("a.jpg", WHOLE)
        answer = browser(cast.gao).post(
            f"/desk/t/{ticket.no}/files/add/", {"files": files, "step": foreign.pk}
        )
        assert (answer.status_code, Attachment.objects.count()) == (404, 0)


class TestCustomersFiles:
    def test_only_shared_ones_of_this_case_open_by_its_link(self, ticket: Ticket, cast: Cast) -> None:
        door = f"/p/{progress.issue_link(ticket=ticket, now=timezone.now())}/files"
        shared, kept = put(ticket, cast, WHOLE, is_public=True), put(ticket, cast, made.PDF)
        foreign = put(a_ticket(cast), cast, WHOLE, is_public=True)
        video = factory.attachment(ticket, now=timezone.now())
        expected = {shared: 200, kept: 404, foreign: 404, video: 404}
        assert {row: Client().get(f"{door}/{row.pk}").status_code for row in expected} == expected
        answer = Client().get(f"{door}/{shared.pk}/small")
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
        assert answer["Cache-Control"] == "no-store"
        assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"


class TestSweep:
    def test_takes_old_files_that_no_row_knows(self, ticket: Ticket, cast: Cast, settings: Any) -> None:
        row = put(ticket, cast, WHOLE)
        lost, fresh = file_store.keep(b"cut off before the commit"), file_store.keep(b"being written")
        two_days_ago = (timezone.now() - timedelta(days=2)).timestamp()
        for name in (row.stored, row.small, lost):
            os.utime(settings.FILES / name[:2] / name, (two_days_ago, two_days_ago))
        assert file_store.sweep(now=timezone.now()) == 1
        assert {path.name for path in lying(settings.FILES)} == {row.stored, row.small, fresh}

    def test_has_nothing_to_do_before_the_first_file(self) -> None:
        assert file_store.sweep(now=timezone.now()) == 0
