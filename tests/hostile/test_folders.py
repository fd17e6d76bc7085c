"""Folders into which others may write: links, pipes and names that lead elsewhere take nothing and stop nobody."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from huhang.channels.actions import receiving
from huhang.channels.adapters.outbox_file import OutboxFile
from huhang.channels.models import Inbound, Outgoing
from huhang.journey.actions import drops
from tests.cast import Cast
from tests.factories import channels

pytestmark = pytest.mark.django_db
KEPT = "what the house keeps"


@pytest.fixture
def folder(cast: Cast, tmp_path: Path, settings: Any) -> Path:
    settings.VAR, settings.DROP = tmp_path, tmp_path / "drop"
    (settings.DROP / "scans").mkdir(parents=True)
    (tmp_path / "secret").write_text(KEPT)
    return Path(settings.DROP / "scans")


def take(folder: Path, name: str) -> None:
    drops.take(feed=os.fsencode(folder.name).hex(), file=os.fsencode(name).hex(), now=timezone.now())


@pytest.mark.parametrize("content", ["", "waybill,code\nYT1,跳舞\n"], ids=["unreadable", "refused"])
def test_reasons_are_not_written_through_a_link(folder: Path, content: str) -> None:
    (folder / ".a.csv.reasons").symlink_to(folder.parents[1] / "secret")
    (folder / "a.csv").write_text(content)
    take(folder, "a.csv")
    assert (folder.parents[1] / "secret").read_text() == KEPT
    assert (folder / "failed" / "a.csv").exists()


def test_nothing_is_put_away_through_a_link(folder: Path) -> None:
    elsewhere = folder.parents[1] / "elsewhere"
    elsewhere.mkdir()
    for name in ("done", "failed"):
        (folder / name).symlink_to(elsewhere)
    (folder / "a.csv").write_text("waybill,code\nYT1,跳舞\n")
    take(folder, "a.csv")
    assert not list(elsewhere.iterdir())
    assert (folder / "failed" / "a.csv").exists()


def test_a_link_is_not_read(folder: Path) -> None:
    (folder / "a.csv").symlink_to(folder.parents[1] / "secret")
    take(folder, "a.csv")
    told = "".join(path.read_text("utf-8-sig") for path in folder.rglob("*.reasons.csv"))
    assert KEPT not in told


@pytest.fixture
def box(cast: Cast, tmp_path: Path) -> OutboxFile:
    (tmp_path / "in").mkdir()
    return OutboxFile(tmp_path)


def drop(box: OutboxFile, name: str, *rows: dict[str, str]) -> None:
    (box.inbox / name).write_text("\n".join(json.dumps(row) for row in rows))


def test_what_is_no_file_holds_up_no_reply(box: OutboxFile) -> None:
    os.mkfifo(box.inbox / "a.jsonl")
    (box.inbox / "b.jsonl").mkdir()
    (box.inbox / "c.jsonl").symlink_to("/dev/zero")
    drop(box, "d\nd.jsonl", {"reply": "1", "from": "19900001234", "at": timezone.now().isoformat()})
    assert receiving.collect(now=timezone.now(), by=box) == 1
    assert Inbound.objects.count() == 1


def test_a_report_of_what_we_never_sent_changes_nothing(cast: Cast, box: OutboxFile) -> None:
    now = timezone.now()
    sent = channels.outgoing(
        cast.unit("SZ-WZ"),
        at=now,
        state="sent",
        sent_at=now,
        next_at=None,
        gateway="another",
        external_id="7",
    )
    reports = [
        {"report": "delivered", "at": now.isoformat(), "id": "7"},  # another gateway's number
        {"report": "delivered", "at": now.isoformat(), "key": "no-such-key"},
        {"report": "queued", "at": now.isoformat(), "key": sent.key},
    ]
    drop(box, "a.jsonl", *reports)
    assert receiving.collect(now=now, by=box) == 0
    assert Outgoing.objects.get().state == "sent"
