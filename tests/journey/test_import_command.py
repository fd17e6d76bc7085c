"""`huhang import KIND FILE…`."""

import io

import pytest
from django.core.management import CommandError, call_command

from huhang.journey.models import Waybill
from huhang.network.models import OrgUnit

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(cast, tmp_path):
    def running(kind, *contents, **options):
        files = []
        for number, content in enumerate(contents):
            files.append(tmp_path / f"{number}.csv")
            files[-1].write_text(content, "utf-8")
        said = io.StringIO()
        call_command(
            "import_file", kind, *map(str, files), stdout=said, rejects=tmp_path / "rejects.csv", **options
        )
        return said.getvalue()

    return running


def test_says_what_came_in_and_what_did_not(run):
    said = run("waybills", "运单号,始发\nYT0000000000001,吴中网点\nYT0000000000002,火星\n")
    assert "导入 2 行；新增 1" in said
    assert "第 3 行 origin：没有编码或名称为“火星”的网点" in said
    assert Waybill.objects.get().origin_path.endswith("/SZ-WZ/")


def test_other_kinds_go_to_their_rooms(run):
    run("orgs", "code,name,kind,parent\nSZ-XC,相城网点,outlet,JS-SZ\n")
    assert OrgUnit.objects.filter(code="SZ-XC").exists()


def test_each_of_several_files_has_its_own_rejects(run, tmp_path):
    bad = "运单号\nx\nYT0000000000001\n"
    run("waybills", bad, bad.replace("0001", "0002"))
    assert sorted(path.name for path in tmp_path.glob("rejects*")) == ["rejects-0.csv", "rejects-1.csv"]


@pytest.mark.parametrize(("kind", "content"), [("colours", "a\n1\n"), ("waybills", "运单号\nx\n")])
def test_fails_when_nothing_could_be_taken(run, kind, content):
    with pytest.raises(CommandError):
        run(kind, content)
