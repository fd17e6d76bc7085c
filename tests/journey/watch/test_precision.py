"""The precision study says what plain arithmetic on the same real rows says."""

from datetime import timedelta
from itertools import pairwise
from statistics import median

import pyarrow.csv
import pytest
from defusedxml import ElementTree

from bench import real_parcels
from bench.picture import Curve, Panel, Point, draw
from bench.precision import FEWEST, RULES, SETS, Study, sweeps_of
from huhang.journey.rules.codes import Code
from tests.data import shared

pytestmark = pytest.mark.shared_data
RULE = {rule.id: rule for rule in RULES}


def day_of(at):
    return (at + timedelta(hours=8)).date()


@pytest.fixture(scope="module", params=SETS)
def study(request):
    shared(request.param)
    return Study(SETS[request.param]())


@pytest.fixture(scope="module")
def olist():
    return Study(real_parcels.olist(shared("olist_orders")))


def test_every_rule_is_judged_or_refused_with_a_reason(study):
    judged = list(study.judged())
    assert judged
    for rule in RULES:
        assert bool(study.why_not(rule)) == (rule not in judged)


def test_a_shipped_rule_is_right_more_often_than_chance(study):
    for rule in study.judged():
        assert study.at_shipped_limit(rule).precision >= study.parcels.base_rate, rule.id


def test_counts_add_up(study):
    parcels = study.parcels
    for rule in study.judged():
        found = study.at_shipped_limit(rule)
        assert FEWEST <= len(found.warned) <= len(parcels.until)
        assert found.warned <= set(parcels.until)
        assert len(found.leads) == len(found.warned & parcels.harmed)
        assert all(lead > timedelta() for lead in found.leads)
        assert median(found.leads) / timedelta(hours=1) == pytest.approx(found.lead_hours(5))


def test_the_shipped_limit_is_one_of_each_sweep_and_says_the_same(study):
    for rule in study.judged():
        own = [limit for _, limit in sweeps_of([rule])[0].limits if limit == rule]
        assert [study.at(limit) for limit in own] == [study.at_shipped_limit(rule)]


def test_a_warning_of_the_promise_is_an_order_that_was_not_delivered_by_then(olist):
    rows = pyarrow.csv.read_csv(shared("olist_orders") / "orders.csv.gz").to_pylist()
    orders = [row for row in rows if row["order_id"] in olist.parcels.until]
    for _, rule in sweeps_of([RULE["promise_at_risk"]])[0].limits:
        margin = timedelta(minutes=rule.margin_minutes)
        undelivered = {
            row["order_id"]
            for row in orders
            if not (delivered := row["order_delivered_customer_date"])
            or delivered > row["order_estimated_delivery_date"] - margin
        }
        assert olist.at(rule).warned == undelivered


def test_a_wider_margin_warns_of_more_and_is_right_less_often(olist):
    found = [olist.at(rule) for _, rule in sweeps_of([RULE["promise_at_risk"]])[0].limits]
    for narrow, wide in pairwise(found):
        assert narrow.warned < wide.warned
        assert narrow.precision > wide.precision


def test_a_second_delivery_hides_among_parcels_without_a_result_in_the_evening():
    parcels = real_parcels.changshu(shared("changshu_parcels"))
    found = Study(parcels).at_shipped_limit(RULE["out_without_result"])
    columns = (parcels.scans[name].to_pylist() for name in ("waybill", "code", "event_time"))
    came_at = {
        waybill: at for waybill, code, at in zip(*columns, strict=True) if code == Code.OUT_FOR_DELIVERY
    }
    assert came_at.keys() == parcels.until.keys()
    assert found.warned == {
        waybill for waybill, at in parcels.until.items() if day_of(at) > day_of(came_at[waybill])
    }


def test_the_picture_is_one_well_formed_drawing():
    curve = Curve([("甲<乙", "a & b")], [Point("24 h", 24, 0.8, 1, True), Point("48 h", 48, 0.5, 0.2, False)])
    root = ElementTree.fromstring(draw([Panel("甲", "a", 0.1, [curve])]))
    assert len(root.findall(".//{*}polyline")) == 1
    assert [text.text for text in root.iter() if text.text in {"24 h", "48 h"}] == ["24 h", "48 h"]
