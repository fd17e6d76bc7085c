"""The parcel's tables for tests: each function makes one row with what it needs around it."""

from datetime import timedelta
from itertools import count
from typing import Any
from uuid import uuid4

from huhang.channels.models import Outgoing
from huhang.journey.models import (
    ControlShare,
    DelayDay,
    EtaCheck,
    EtaDay,
    FeedAccount,
    FeedWord,
    Hit,
    IntakeCount,
    KnownTrace,
    LateLink,
    LinkDay,
    LinkStandard,
    NodeHours,
    Parked,
    Preview,
    Push,
    Reconciliation,
    Reminder,
    ReminderPolicy,
    ReminderSend,
    ReminderStep,
    Removal,
    Segment,
    Storm,
    WatchCursor,
    WatchRule,
    Waybill,
)
from huhang.kit.search import tsvector_text
from huhang.network.models import OrgUnit
from tests.cast import NOON

_numbers = count(1)


def waybill(
    no: str = "", *, origin: OrgUnit | None = None, dest: OrgUnit | None = None, **values: Any
) -> Waybill:
    """A parcel registered at noon; it is found by number, name and phone."""
    no = no or f"7731{next(_numbers):08d}"
    who = {"receiver_name": "王小明", "receiver_phone": "13812345678"} | values
    return Waybill.objects.create(
        no=no, origin=origin, dest=dest, origin_path=origin.path if origin else "", dest_path=dest.path if dest else "",
        search=tsvector_text(no, who["receiver_name"], who["receiver_phone"]), **{"registered_at": NOON, **who},
    )  # fmt: skip


def watch_rule(slug: str = "", **values: Any) -> WatchRule:
    """A rule of its own number: something must follow a departure within an hour."""
    number = 40 + next(_numbers) % 24
    usual = {
        "number": number, "kind": "expect", "name_zh": "发出后未到达", "name_en": "Sent and not arrived",
        "addressed": "linehaul", "link": "linehaul", "after": ["DEPARTED"], "within_minutes": 60,
    }  # fmt: skip
    return WatchRule.objects.create(slug=slug or f"rule_{number}", **usual | values)


def hit(rule: WatchRule, unit: OrgUnit | None = None, waybill_no: str = "", **values: Any) -> Hit:
    """An open hit, raised at noon by a scan an hour before."""
    usual = {"anchor_at": NOON - timedelta(hours=1), "raised_at": NOON, "found_at": NOON, "link": rule.link}
    place = {"unit": unit, "path": unit.path, "node": unit.code} if unit else {}
    return Hit.objects.create(
        waybill_no=waybill_no or f"7731{next(_numbers):08d}", rule=rule, **usual | place | values
    )


def segment(seq: int = 0, **values: Any) -> Segment:
    """A batch of ten rows; there is no file behind it."""
    seq = seq or next(_numbers)
    usual = {"batch_key": f"batch-{seq}", "path": f"{seq}.parquet", "rows": 10, "received_at": NOON}
    return Segment.objects.create(seq=seq, **usual | values)


def removal(**values: Any) -> Removal:
    """A file of a thousand rows in ten batches, received in the hour before noon three years ago."""
    number = next(_numbers)
    usual = {
        "path": f"{number}.parquet", "batches": 10, "rows": 1000, "first_seq": 10 * number, "last_seq": 10 * number + 9,
        "first_received_at": NOON - timedelta(days=1096, hours=1), "last_received_at": NOON - timedelta(days=1096),
        "kept_days": 1095, "removed_at": NOON,
    }  # fmt: skip
    return Removal.objects.create(**usual | values)


def watch_cursor(name: str = "local", **values: Any) -> WatchCursor:
    return WatchCursor.objects.create(name=name, **values)


def node_hours(node: str, **values: Any) -> NodeHours:
    """A node that signs off from eight to eight."""
    usual = {"hours": sum(1 << hour for hour in range(8, 20)), "scans": 1000, "as_of": NOON}
    return NodeHours.objects.create(node=node, **usual | values)


def storm(unit: OrgUnit, **values: Any) -> Storm:
    """Two days from noon on, limits under the unit come a day later."""
    usual = {
        "path": unit.path, "reason_zh": "台风“海葵”影响，陆运中断", "reason_en": "Typhoon: roads are closed",
        "starts_at": NOON, "ends_at": NOON + timedelta(days=2), "extra_minutes": 1440, "declared_at": NOON,
    }  # fmt: skip
    return Storm.objects.create(unit=unit, **usual | values)


def control_share(percent: float, rule: WatchRule | None = None) -> ControlShare:
    """How many of a rule's hits, or of all, nobody is told of."""
    row, _ = ControlShare.objects.update_or_create(rule=rule, defaults={"percent": percent})
    return row


def link_standard(kind: str = "delivery", **values: Any) -> LinkStandard:
    """Eight hours anywhere, whenever it begins."""
    return LinkStandard.objects.create(kind=kind, **{"minutes": 480, "source": "假定", **values})


def delay_day(**values: Any) -> DelayDay:
    return DelayDay.objects.create(**{"day": NOON.date(), **values})


def link_day(unit: OrgUnit | None = None, **values: Any) -> LinkDay:
    """Ten parcels of a day, two of them late by an hour each."""
    place = {"unit": unit, "path": unit.path, "node": unit.code} if unit else {"node": "X"}
    usual = {"kind": "delivery", "day": NOON.date(), "band": 1, "n": 10, "late": 2, "lost_minutes": 120}
    return LinkDay.objects.create(**usual | place | values)


def late_link(unit: OrgUnit | None = None, **values: Any) -> LateLink:
    place = {"unit": unit, "path": unit.path, "node": unit.code} if unit else {"node": "X"}
    usual = {
        "waybill_no": f"7731{next(_numbers):08d}", "kind": "delivery", "day": NOON.date(), "lost_minutes": 60,
        "started_at": NOON - timedelta(hours=9), "ended_at": NOON,
    }  # fmt: skip
    return LateLink.objects.create(**usual | place | values)


def eta_day(**values: Any) -> EtaDay:
    """Of the whole network: ten parcels came within the day that they went out."""
    usual = {"day": NOON.date(), "milestone": "out", "n": 10, "counts": {"40": 10}}
    return EtaDay.objects.create(**usual | values)


def eta_check(**values: Any) -> EtaCheck:
    usual = {
        "day": NOON.date(),
        "milestone": "out",
        "n": 10,
        "inside": 8,
        "ranks": [0.5] * 20,
        "off_minutes": 600,
    }
    return EtaCheck.objects.create(**usual | values)


def preview(**values: Any) -> Preview:
    """A question that nobody has worked out yet."""
    usual = {"key": f"key-{next(_numbers)}", "asked": {"about": "storm"}, "asked_at": NOON}
    return Preview.objects.create(**usual | values)


def reminder_policy(rule: WatchRule | None = None, **values: Any) -> ReminderPolicy:
    """A ladder without rungs, of a rule or of all."""
    return ReminderPolicy.objects.create(rule=rule, **values)


def reminder_step(policy: ReminderPolicy, position: int = 1, **values: Any) -> ReminderStep:
    """A notice at once."""
    usual = {"after_minutes": 0, "medium": "in_app", "audience": "addressee"}
    return ReminderStep.objects.create(policy=policy, position=position, **usual | values)


def reminder(hit: Hit, **values: Any) -> Reminder:
    """Planned at noon for the hit's unit; its ladder is over unless `next_at` says otherwise."""
    given = {"planned_at": NOON, "unit": hit.unit, "path": hit.path} | values
    return Reminder.objects.create(hit=hit, **given)


def reminder_send(reminder: Reminder, outgoing: Outgoing, position: int = 1) -> ReminderSend:
    return ReminderSend.objects.create(reminder=reminder, outgoing=outgoing, position=position)


def feed_account(slug: str = "", kind: str = "kuaidi100", **values: Any) -> FeedAccount:
    """A partner who may push, with the secret `salt`."""
    slug = slug or f"partner-{next(_numbers)}"
    usual = {"key": f"key-of-{slug}", "secret": "salt", "created_at": NOON}
    return FeedAccount.objects.create(slug=slug, kind=kind, **usual | values)


def feed_word(kind: str, theirs: str, ours: str) -> FeedWord:
    return FeedWord.objects.create(kind=kind, theirs=theirs, ours=ours)


def push(source: str = "kuaidi100:partner", body: bytes = b"{}", **values: Any) -> Push:
    """A message that waits to be worked in."""
    usual = {
        "kind": "kuaidi100",
        "digest": f"{next(_numbers):064}",
        "capture_id": uuid4(),
        "received_at": NOON,
    }
    return Push.objects.create(source=source, body=body, **usual | values)


def known_trace(waybill_no: str, source: str = "kuaidi100:partner", **values: Any) -> KnownTrace:
    return KnownTrace.objects.create(
        source=source, waybill_no=waybill_no, **{"digests": b"", "touched_at": NOON, **values}
    )


def intake_count(source: str, what: str = "accepted", amount: int = 1, **values: Any) -> IntakeCount:
    """So much in the hour of noon."""
    usual = {"hour": NOON, "last_at": NOON}
    return IntakeCount.objects.create(source=source, what=what, amount=amount, **usual | values)


def parked(source: str = "kuaidi100:partner", reason: str = "unknown_carrier", **values: Any) -> Parked:
    """Something put aside at noon that can be tried again."""
    usual = {"digest": f"{next(_numbers):064}", "state": "parked", "at": NOON, "again": {"kind": "none"}}
    return Parked.objects.create(source=source, reason=reason, **usual | values)


def reconciliation(source: str = "kuaidi100:partner", **values: Any) -> Reconciliation:
    """The hour of noon, in which all is well."""
    usual = {"hour": NOON, "counted": 1, "manifest": 1, "in_files": 1, "is_well": True, "made_at": NOON}
    return Reconciliation.objects.create(source=source, **usual | values)
