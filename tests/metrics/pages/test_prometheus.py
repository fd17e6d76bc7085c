"""The machine's numbers: for this machine or the token's bearer, for nobody else."""

import pytest
from django.test import RequestFactory

from huhang.kit.errors import NotFound
from huhang.metrics.pages.prometheus import prometheus
from tests.factories.metrics import tally

pytestmark = pytest.mark.django_db


def ask(**how):
    return prometheus(RequestFactory().get("/metrics", **how))


class TestPrometheus:
    def test_says_how_far_everything_lags(self, now):
        tally("desk.ticket.opened.urge", now, "/HQ/")
        text = ask(REMOTE_ADDR="127.0.0.1").content.decode()
        assert "huhang_tallies_fresh 1.0" in text
        for name in (
            "huhang_oldest_job_seconds 0.0",
            "huhang_watch_unread_seconds 0.0",
            "huhang_dead_workers 0.0",
        ):
            assert name in text

    @pytest.mark.parametrize(
        "how",
        [
            {"REMOTE_ADDR": "10.0.0.7"},
            {"REMOTE_ADDR": ""},  # a Unix socket: somebody else's proxy
            {"REMOTE_ADDR": "127.0.0.1", "headers": {"X-Forwarded-For": "10.0.0.7"}},
            {"REMOTE_ADDR": "10.0.0.7", "headers": {"Authorization": "Bearer wrong"}},
            {"REMOTE_ADDR": "10.0.0.7", "headers": {"Authorization": "Bearer "}},
        ],
    )
    def test_is_not_there_for_others(self, how, monkeypatch):
        monkeypatch.setenv("HUHANG_METRICS_TOKEN", "right")
        with pytest.raises(NotFound):
            ask(**how)

    def test_no_token_opens_nothing(self, monkeypatch):
        monkeypatch.delenv("HUHANG_METRICS_TOKEN", raising=False)
        with pytest.raises(NotFound):
            ask(REMOTE_ADDR="10.0.0.7", headers={"Authorization": "Bearer "})

    def test_the_token_opens(self, monkeypatch):
        monkeypatch.setenv("HUHANG_METRICS_TOKEN", "right")
        answer = ask(REMOTE_ADDR="10.0.0.7", headers={"Authorization": "Bearer right"})
        assert answer["Content-Type"].startswith("text/plain")
