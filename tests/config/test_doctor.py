from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from huhang.config import doctor
from huhang.journey.actions import scan_log
from huhang.journey.watch import log
from huhang.kit import audit, jobs
from huhang.kit import doctor as registry
from huhang.kit.models import AuditEntry


@pytest.fixture
def only(monkeypatch):
    """Leaves just the named checks."""

    def leave(**checks):
        monkeypatch.setattr(doctor, "checks", checks)

    return leave


def wait_for(age: timedelta) -> None:
    """A job that should have run this long ago."""
    name = min(jobs.registry)
    jobs.enqueue(name)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = %s", [timezone.now() - age])


@pytest.mark.django_db
class TestDoctor:
    def test_is_silent_about_what_is_well_only_in_its_exit_code(self, only, capsys):
        only(log=lambda: registry.fine("齐全。"))
        assert doctor.command([]) == 0
        assert capsys.readouterr().out == "✓ log：齐全。\n"

    def test_says_what_is_wrong_in_a_sentence(self, only, capsys):
        only(log=lambda: [registry.fine("齐全。"), registry.trouble("磁盘快满了。")])
        assert doctor.command([]) == 1
        assert "✗ log：磁盘快满了。" in capsys.readouterr().out

    def test_goes_on_when_one_check_finds_no_table(self, only, capsys):
        def broken():
            with connection.cursor() as cursor:
                cursor.execute("SAVEPOINT here")
                try:
                    cursor.execute("SELECT * FROM nowhere")
                finally:
                    cursor.execute("ROLLBACK TO here")

        only(a=broken, b=lambda: registry.fine("好。"))
        assert doctor.command(["--json"]) == 1
        said = capsys.readouterr().out
        assert "nowhere" in said
        assert "好。" in said


@pytest.mark.django_db
class TestQueue:
    def test_is_well_when_jobs_are_fresh(self):
        wait_for(timedelta(seconds=10))
        assert [finding.is_well for finding in doctor.queue()] == [True]

    def test_complains_of_a_job_that_nobody_takes(self):
        wait_for(timedelta(minutes=5, seconds=30))
        finding = next(iter(doctor.queue()))
        assert not finding.is_well
        assert "5 分钟" in finding.sentence

    def test_does_not_count_a_job_meant_for_later(self):
        wait_for(-timedelta(hours=1))
        assert [finding.is_well for finding in doctor.queue()] == [True]

    def test_complains_of_jobs_that_failed_for_good(self):
        wait_for(timedelta())
        with connection.cursor() as cursor:
            cursor.execute("UPDATE procrastinate_jobs SET status = 'failed'")
        assert any(not finding.is_well for finding in doctor.queue())


@pytest.mark.django_db
class TestScanLog:
    @pytest.fixture
    def segment(self, settings, tmp_path):
        """The file of a segment in the log."""
        settings.VAR = tmp_path
        kept = scan_log.append(log.SCHEMA.empty_table(), batch_key="one")
        return scan_log.root() / kept.path

    def findings(self):
        return [(finding.is_well, finding.sentence) for finding in doctor.scan_log()]

    def test_is_well_when_files_and_manifest_agree(self, segment):
        assert self.findings() == [(True, "1 个文件、0 行，与登记一致。")]

    def test_misses_a_file(self, segment):
        segment.unlink()
        [(is_well, sentence)] = self.findings()
        assert not is_well
        assert segment.name in sentence

    def test_notices_a_file_that_was_cut_off(self, segment):
        segment.write_bytes(segment.read_bytes()[:-10])
        [(is_well, sentence)] = self.findings()
        assert not is_well
        assert "已损坏" in sentence

    def test_does_not_mind_a_write_that_was_interrupted(self, segment):
        segment.with_name("stray.parquet").write_bytes(b"")
        [(is_well, sentence)] = self.findings()
        assert is_well
        assert "1 个未登记" in sentence


@pytest.mark.django_db
class TestTables:
    def test_agree_with_the_code(self):
        assert doctor.migrations().is_well
        assert doctor.database().is_well


@pytest.mark.django_db
class TestLedger:
    def test_says_where_the_record_was_touched(self):
        for reason in ("回电", "核实"):
            entry = audit.record(actor="gao", verb="x.y", subject="T1", now=timezone.now(), reason=reason)
        assert doctor.ledger().is_well
        AuditEntry.objects.filter(pk=entry.pk).update(reason="别的")
        assert f"第 {entry.pk} 条" in doctor.ledger().sentence
