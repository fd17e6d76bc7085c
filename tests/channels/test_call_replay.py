"""Real calls, said by a switch over a socket, counted in our tables: the figures are those of the file."""

import random

import pytest
from django.core.management import call_command
from django.utils import timezone

from huhang.channels.actions import call_replays
from huhang.channels.models import Account, Call, CallbackDue
from huhang.channels.replays import bank
from huhang.channels.rules.call_figures import Formula
from tests.data import shared

FILE = "calls_aug_01_15.csv.gz"


def raw(days):
    """The figures worked out here once more, from the columns alone."""
    import csv
    import gzip
    from itertools import islice

    with gzip.open(shared("anonymous_bank_calls") / FILE, "rt") as file:
        rows = list(csv.DictReader(file))
    dates = list(islice(dict.fromkeys(row["date"] for row in rows), days))
    rows = [row for row in rows if row["date"] in dates and row["outcome"] != "PHANTOM"]
    answered = [int(r["q_time"]) for r in rows if r["outcome"] == "AGENT"]
    left = [int(r["q_time"]) for r in rows if r["outcome"] == "HANG" and r["q_start"] != "0:00:00"]
    soon, gone = sum(t <= 20 for t in answered), sum(t <= 20 for t in left)
    n, m = len(answered), len(left)
    return {
        "connection": n / (n + m),
        "abandonment": m / (n + m),
        Formula.F1: (soon + gone) / (n + m),
        Formula.F2: soon / n,
        Formula.F3: soon / (n + m),
        Formula.F4: soon / (n + m - gone),
        "speed": sum(answered) / n,
    }


def shown(figures):
    return {
        "connection": figures.connection_rate,
        "abandonment": figures.abandonment,
        **{formula: figures.service_level(formula) for formula in Formula},
        "speed": figures.speed_of_answer.total_seconds(),
    }


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.shared_data
class TestReplay:
    @pytest.mark.parametrize("chance", [None, random.Random(7)], ids=["as it was", "shuffled and repeated"])
    def test_of_a_day_gives_the_figures_of_the_file(self, cast, chance):
        file = shared("anonymous_bank_calls") / FILE
        done = call_replays.replay(bank.read(file, days=1), now=timezone.now, chance=chance)
        assert shown(done.figures) == pytest.approx(raw(1))
        assert done.figures == bank.counted(file, days=1)
        assert Call.objects.count() == Account.objects.filter(key__startswith="replay").count() == 0

    def test_that_is_kept_leaves_its_calls_and_nobody_of_long_ago_to_ring_back(self, cast, capsys):
        file = shared("anonymous_bank_calls") / FILE
        call_command("calls", "replay", str(file), "--days", "1", "--keep", "--disturb")
        assert Call.objects.count() == 2375 - 18  # those whom their publishers call phantoms
        assert Call.objects.live().count() == 0
        assert CallbackDue.objects.count() == 0, "what is told years later is history, not a promise"
        assert "人工接通率" in capsys.readouterr().out
