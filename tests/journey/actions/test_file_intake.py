"""Files come in whole, in part or not at all, and twice is once."""

import gzip
import json
from datetime import UTC, datetime

import pytest

from huhang.journey.actions import file_intake
from huhang.journey.actions.file_intake import UnknownMapping, WrongMapping, import_file
from huhang.journey.models import Segment, Waybill
from huhang.kit.errors import BadInput, NotAllowed
from huhang.kit.sheets import FileIsEmpty, FileUnreadable
from tests.data import shared

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
HEAD = "运单号,扫描码,扫描时间,网点\n"
GOOD = "YT1000000000001,派件,2026-11-20 09:00:00,SZ-WZ\n"


@pytest.fixture
def take(cast, tmp_path):
    """Import a text as a file."""

    def importing(content, name="scans.csv", kind="scans", **options):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        options = {"rejects": tmp_path / "rejects.csv", "by": cast.hua} | options
        return import_file(kind, path, now=NOW, **options)

    return importing


def in_log():
    return sum(Segment.objects.values_list("rows", flat=True))


class TestScans:
    def test_good_rows_are_kept_and_bad_ones_can_be_downloaded_with_reasons(self, take, tmp_path):
        bad = (
            "YT1000000000002,签收,2026-11-21 09:00:00,SZ-WZ\n"  # in the future
            "YT1000000000003,跳舞,2026-11-20 09:00:00,SZ-WZ\n"
            "YT1000000000004,派件,2026-11-20 09:00:00,火星\n"
            ",派件,2026-11-20 09:00:00,SZ-WZ\n"
            "YT1000000000006,派件\n"
            'YT1000000000007,"派件,2026-11-20 09:00:00,SZ-WZ\n'
        )
        run = take(HEAD + GOOD + bad + GOOD.replace("0001", "0009"))
        assert (run.rows, run.created, run.rejected) == (8, 2, 6)
        text = (tmp_path / "rejects.csv").read_text("utf-8-sig")
        for said in ("在将来", "跳舞", "火星", "必填", "列数不足", "引号"):
            assert said in text
        assert in_log() == 2

    def test_gb18030_is_read(self, take):
        assert take((HEAD + GOOD).encode("gb18030")).created == 1

    def test_gzip_is_read(self, take):
        assert take(gzip.compress((HEAD + GOOD).encode()), "scans.csv.gz").created == 1

    def test_json_lines_with_a_cut_last_line(self, take):
        row = {"waybill": "YT1000000000001", "code": 15, "event_time": "2026-11-20T09:00:00+08:00"}
        run = take(json.dumps(row) + "\n" + json.dumps(row)[:30], "scans.jsonl")
        assert (run.created, run.rejected) == (1, 1)

    def test_the_same_file_twice_is_once(self, take):
        take(HEAD + GOOD)
        again = take(HEAD + GOOD)
        assert (again.created, again.unchanged) == (0, 1)
        assert in_log() == 1

    def test_an_import_goes_on_where_it_stopped(self, take, monkeypatch):
        monkeypatch.setattr(file_intake, "NESTED_CHUNK", 1)
        rows = [
            {
                "trace": f"T-000{n}",
                "carrier": "zto",
                "events": [{"time": "2026-11-19 09:00:00", "text": "已揽收"}],
            }
            for n in range(3)
        ]
        content = "\n".join(map(json.dumps, rows))
        take(content, "traces.jsonl", mapping="cn_traces")
        Segment.objects.filter(batch_key__endswith=":2").delete()
        run = take(content, "traces.jsonl", mapping="cn_traces")
        assert (run.created, run.unchanged, in_log()) == (1, 2, 3)

    def test_a_dry_run_says_all_and_writes_nothing(self, take):
        run = take(HEAD + GOOD + GOOD.replace("派件", "跳舞"), dry_run=True)
        assert (run.created, run.rejected, in_log()) == (1, 1, 0)

    @pytest.mark.parametrize(
        ("content", "name", "error"),
        [
            ("", "scans.csv", FileIsEmpty),
            (HEAD, "scans.csv", FileIsEmpty),
            ("颜色,大小\n红,1\n", "scans.csv", BadInput),
            (gzip.compress((HEAD + GOOD * 99).encode(), mtime=0)[:60], "scans.csv.gz", FileUnreadable),
            (b"PAR1 nonsense", "scans.parquet", FileUnreadable),
        ],
    )
    def test_a_file_that_cannot_be_read_is_refused_whole(self, take, content, name, error):
        with pytest.raises(error):
            take(content, name)
        assert in_log() == 0

    def test_a_mapping_must_exist_and_fit(self, take):
        with pytest.raises(UnknownMapping):
            take(HEAD + GOOD, mapping="nosuch")
        with pytest.raises(WrongMapping):
            take(HEAD + GOOD, mapping="waybills")

    def test_not_everybody_may(self, take, cast):
        with pytest.raises(NotAllowed):
            take(HEAD + GOOD, by=cast.nobody)


WAYBILLS = "运单号,产品,下单时间,承诺时间,始发,目的,收件人,收件电话,同意代收,代收货款\n"
ROW = (
    "YT1000000000001,std,2026-11-18 09:00:00,2026-11-21 18:00:00,吴中网点,HZ-XH,王芳,13800001234,是,¥99.50\n"
)


class TestWaybills:
    def test_a_waybill_goes_to_the_table_and_its_facts_to_the_log(self, take):
        assert take(WAYBILLS + ROW, "waybills.csv", "waybills").created == 1
        waybill = Waybill.objects.get()
        assert (waybill.origin_path, waybill.dest_path) == ("/HQ/JS/JS-SZ/SZ-WZ/", "/HQ/ZJ/ZJ-HZ/HZ-XH/")
        assert (waybill.has_consent, str(waybill.cod_amount)) == (True, "99.50")
        assert waybill.promised_at == datetime(2026, 11, 21, 10, tzinfo=UTC)
        assert Waybill.objects.filter(search__matches="1234").exists()

    def test_new_facts_replace_old_ones_and_missing_columns_leave_them(self, take):
        take(WAYBILLS + ROW, "waybills.csv", "waybills")
        take("运单号,产品\nYT1000000000001,express\n", "more.csv", "waybills")
        waybill = Waybill.objects.get()
        assert (waybill.product, waybill.receiver_name) == ("express", "王芳")

    def test_unknown_places_customers_and_amounts_are_refused(self, take):
        bad = (
            ROW.replace("吴中网点", "火星")
            + ROW.replace("¥99.50", "很多")
            + ROW.replace("YT1000000000001", "x")
        )
        run = take(WAYBILLS + bad + ROW, "waybills.csv", "waybills")
        assert (run.created, run.rejected) == (1, 3)
        assert {error["code"] for error in run.errors} == {"unknown_node", "bad_amount", "bad_waybill"}

    def test_the_same_number_twice_in_a_file_is_one_waybill(self, take):
        assert take(WAYBILLS + ROW + ROW.replace("std", "express"), "waybills.csv", "waybills").created == 2
        assert Waybill.objects.get().product == "express"


@pytest.mark.shared_data
class TestRealFiles:
    """Print what the real files give."""

    @pytest.mark.parametrize(
        ("folder", "file", "kind", "mapping"),
        [
            ("olist_orders", "orders.csv.gz", "scans", "olist_scans"),
            ("olist_orders", "orders.csv.gz", "waybills", "olist_waybills"),
            ("cn_scan_traces", "traces.jsonl", "scans", "cn_traces"),
            ("carrier_tracking_payloads", "fixtures.jsonl.gz", "scans", "carrier_payloads"),
        ],
    )
    def test_a_real_file_comes_in_without_a_refusal(
        self, cast, tmp_path, capsys, folder, file, kind, mapping
    ):
        run = import_file(
            kind, shared(folder) / file, now=NOW, by=None, mapping=mapping, rejects=tmp_path / "r.csv"
        )
        with capsys.disabled():
            print(f"\n{mapping}: {run.created} in, {run.rejected} refused {run.errors[:3]}")
        assert run.created > 0
        assert run.rejected == 0
