"""Files into tables by a program: tried, written once, refused rows fetched."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from huhang.kit.models import ImportRun
from huhang.network.models import Customer
from tests.cast import Cast
from tests.desk.api.test_api import caller

pytestmark = pytest.mark.django_db
ROWS = "编号,名称,类型,归属单元\nC-API-1,大客户,contract,SZ-WZ\n,没有代码,contract,SZ-WZ\n"


@pytest.fixture(autouse=True)
def _fresh_ground(settings, tmp_path) -> None:
    settings.VAR = tmp_path


def send(client: Client, **fields: object):
    return client.post("/api/v1/imports", {"kind": "customers", "file": a_file(), **fields})


def a_file() -> SimpleUploadedFile:
    return SimpleUploadedFile("客户.csv", ROWS.encode())


def test_a_file_is_tried_then_written_then_changes_nothing(cast: Cast) -> None:
    hua = caller(cast.hua)
    tried = send(hua)
    assert tried.status_code == 201, tried.content
    assert (tried.json()["dry_run"], tried.json()["created"], tried.json()["rejected"]) == (True, 1, 1)
    assert not Customer.objects.filter(code="C-API-1").exists()
    wrote = send(hua, dry_run="false").json()
    assert (wrote["created"], wrote["rejected"], wrote["errors"][0]["row"]) == (1, 1, 3)
    assert Customer.objects.filter(code="C-API-1").exists()
    assert send(hua, dry_run="false").json()["unchanged"] == 1
    refused = hua.get(f"/api/v1/imports/{wrote['id']}/rejects")
    assert "没有代码" in refused.getvalue().decode()
    assert [row["id"] for row in hua.get("/api/v1/imports").json()["items"]][-1] == tried.json()["id"]


def test_a_repeated_request_is_the_same_import(cast: Cast) -> None:
    client = caller(cast.hua)
    client.defaults["HTTP_IDEMPOTENCY_KEY"] = "nightly"
    first, second = (send(client, dry_run="false").json() for _time in range(2))
    assert first == second
    assert ImportRun.objects.count() == 1
    assert send(client, dry_run="true").status_code == 422  # the same key for something else


def test_receipts_are_of_whoever_sent_the_file(cast: Cast) -> None:
    mine = send(caller(cast.hua)).json()["id"]
    other = caller(cast.gao)
    assert send(other).status_code == 403
    assert other.get(f"/api/v1/imports/{mine}").status_code in (403, 404)
    assert other.get(f"/api/v1/imports/{mine}/rejects").status_code in (403, 404)


def test_kinds_are_told_with_their_columns(cast: Cast) -> None:
    kinds = {row["kind"]: row for row in caller(cast.hua).get("/api/v1/imports/kinds").json()["items"]}
    assert {"customers", "people", "orgs", "tickets"} <= set(kinds)
    assert set(kinds["customers"]["required"]) <= set(kinds["customers"]["columns"])


def test_what_is_no_sheet_or_no_kind_is_refused(cast: Cast) -> None:
    client = caller(cast.hua)
    assert send(client, kind="secrets").status_code == 422
    assert client.post("/api/v1/imports", {"kind": "customers"}).status_code == 422
    bad = SimpleUploadedFile("a.xlsx", b"PK\x03\x04not a zip")
    assert client.post("/api/v1/imports", {"kind": "customers", "file": bad}).status_code == 422
