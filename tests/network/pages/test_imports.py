"""Importing by the page: try, see, mend, write."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from huhang.kit import imports
from huhang.kit.models import ImportRun
from huhang.network.models import Customer
from tests.cast import NOON
from tests.factories import network as made

FILE = "客户编号,姓名,手机,网点编号\nC1,王小明,13812345634,SZ-WZ\nC2,,13912345678,SZ-WZ\nC3,李四,13712345678,NOWHERE\n"


@pytest.fixture(autouse=True)
def var(settings, tmp_path):
    settings.VAR = tmp_path
    return tmp_path


@pytest.fixture
def enter(client):
    def _enter(person):
        client.force_login(person)
        return client

    return _enter


def upload(client, content=FILE, kind="customers", mode="try"):
    file = SimpleUploadedFile(
        "客户.csv", content if isinstance(content, bytes) else content.encode("gb18030")
    )
    return client.post(reverse("network:imports"), {"kind": kind, "mode": mode, "file": file}, follow=True)


class TestImport:
    def test_is_tried_first_and_then_written(self, cast, enter):
        client = enter(cast.hua)
        tried = upload(client)
        run = tried.context["run"]
        assert (run.created, run.rejected, run.dry_run) == (1, 2, True)
        assert not Customer.objects.exists()
        assert "没有组织单元 NOWHERE" in tried.content.decode()
        written = client.post(reverse("network:import-write", args=[run.pk]), follow=True)
        assert written.context["run"].created == 1
        assert Customer.objects.get().name == "王小明"

    def test_gives_the_refused_rows_back(self, cast, enter):
        client = enter(cast.hua)
        run = upload(client).context["run"]
        answer = client.get(reverse("network:import-rejects", args=[run.pk]))
        text = b"".join(answer.streaming_content).decode("utf-8-sig")
        assert text.splitlines()[1].startswith("3,姓名：必填，不能为空,C2")

    def test_is_idempotent(self, cast, enter):
        client = enter(cast.hua)
        upload(client, mode="write")
        assert upload(client, mode="write").context["run"].unchanged == 1

    @pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", "客户编号,姓名\n".encode()])
    def test_says_why_a_file_cannot_be_read(self, cast, enter, content):
        answer = upload(enter(cast.hua), content)
        assert answer.status_code == 422
        assert "form-error" in answer.content.decode()
        assert not ImportRun.objects.exists()

    def test_receipts_are_for_who_sent_them(self, cast, enter):
        run = upload(enter(cast.hua)).context["run"]
        lead = made.person("lead", home=cast.unit("JS"))
        made.grant(lead, "province_lead", cast.unit("JS"))
        client = enter(lead)
        for name in ("import", "import-rejects"):
            assert client.get(reverse(f"network:{name}", args=[run.pk])).status_code == 404
        assert client.post(reverse("network:import-write", args=[run.pk])).status_code == 404

    def test_reaches_no_further_than_who_imports(self, cast, enter):
        lead = made.person("lead", home=cast.unit("ZJ"))
        made.grant(lead, "province_lead", cast.unit("ZJ"))
        run = upload(enter(lead), mode="write").context["run"]
        assert (run.created, run.rejected) == (0, 3)

    def test_is_shut_to_who_may_not(self, cast, enter):
        assert enter(cast.gao).get(reverse("network:imports")).status_code == 403

    def test_offers_an_empty_sheet(self, cast, enter):
        answer = enter(cast.hua).get(reverse("network:import-sample", args=["customers"]))
        assert answer.content.decode("utf-8-sig").startswith("客户编号,姓名")


def test_all_kinds_one_after_the_other(cast, tmp_path):
    """The command's way: no person, files in the order of the registry."""
    files = {
        "orgs": "code,name,kind,parent\nX,新省,省区,HQ\nX-C,新市,城市,X\nX-O,新网点,网点,X-C\nX-H,新分拨,分拨中心,X\n",
        "people": "登录名,姓名,所属单元,角色\nxin,新人,X-O,网点负责人\n",
        "customers": "客户编号,姓名,类型,手机,网点编号\nC1,丝绸公司,协议客户,13812345634,X-O\n",
        "couriers": "工号,姓名,网点编号,手机,登录名\nK1,李师傅,X-O,13912345678,xin\n",
        "areas": "编号,名称,网点编号,快递员工号,关键词\nA1,木渎,X-O,K1,金山路、香溪\n",
        "routes": "编号,起点,终点,途经分拨\nR1,X-O,SZ-WZ,X-H>SZ-HUB\n",
        "standards": "起点,终点,小时,依据\nX,JS,60,公布\n",
    }
    for kind, text in files.items():
        path = tmp_path / f"{kind}.csv"
        path.write_text(text, encoding="utf-8")
        first = imports.run(kind, path, by=None, now=NOON)
        again = imports.run(kind, path, by=None, now=NOON)
        assert (first.rejected, first.created) == (0, first.rows), (kind, first.errors)
        assert again.unchanged == again.rows, kind
