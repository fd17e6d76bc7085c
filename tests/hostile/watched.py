"""What the watch and its doors keep of the outlet 吴中, with the word in every text."""

from datetime import datetime, timedelta
from uuid import UUID

from huhang.channels.actions import tokens
from huhang.journey.models import FeedAccount, Hit, WatchRule
from huhang.network.models import Courier, OrgUnit, Person
from tests.factories import channels, journey

# Parcels whose numbers stand in no address and no question: whoever reads them has seen more than he asked for.
HELD, HANDLED = "SX7730000009912", "SX7730000009913"
TOKEN_OF = "hostile:sms"
CAPTURE = UUID(int=7)


def rows(
    unit: OrgUnit, courier: Courier, keeper: Person, *, word: str, phone: str, now: datetime
) -> dict[str, object]:
    """One row of each, and the arguments of the addresses that lead to them."""
    # One word for the addresses of rules and of feeds.
    rule = WatchRule.objects.order_by("number")[0]
    hit = journey.hit(rule, unit, HELD, operator=f"{word}员", raised_at=now, found_at=now)
    reminded(hit, unit, courier, word=word, phone=phone, now=now)
    policy = journey.reminder_policy(rule)
    journey.reminder_step(policy)
    storm = journey.storm(
        unit, reason_zh=f"{word}风", reason_en=f"{word}风", starts_at=now - timedelta(hours=1),
        ends_at=now + timedelta(days=1), declared_by=keeper,
    )  # fmt: skip
    standard = journey.link_standard(origin=unit)
    late(unit, word=word, now=now)
    account = fed(rule.slug, keeper, word=word, now=now)
    asked = rule.as_row()
    asked["name"] = {"zh": f"{word}规", "en": f"{word}规"}
    preview = journey.preview(
        asked={"about": "rule", "draft": asked, "saved": asked}, asked_at=now, answered_at=now,
        answer=answer(unit, now), progress=100,
    )  # fmt: skip
    return {
        "slug": rule.slug, "key": account.key, "kind": "delivery", "form": "csv", "standard_id": standard.pk,
        "storm_id": storm.pk, "preview_id": preview.pk, "policy_id": policy.pk,
    }  # fmt: skip


def reminded(hit: Hit, unit: OrgUnit, courier: Courier, *, word: str, phone: str, now: datetime) -> None:
    """A courier was sent a link for one parcel; another one was handled and passed on."""
    sms = channels.outgoing(
        unit, at=now, courier=courier, number=phone, text=f"{word}信", reason=f"{word}因", key=TOKEN_OF,
        link="/r/{token}", token_hash=tokens.hash_of(tokens.token_of(TOKEN_OF)),
        link_expires_at=now + timedelta(days=1),
    )  # fmt: skip
    open_one = journey.reminder(hit, courier=courier, planned_at=now, sent_at=now, rung=1)
    journey.reminder_send(open_one, sms)
    channels.inbound(at=now, number=phone, text=f"{word}答")
    handled = journey.reminder(
        journey.hit(hit.rule, unit, HANDLED, raised_at=now, found_at=now), planned_at=now, acknowledged_at=now,
        acknowledged_how="page", acknowledged_by=f"{word}确", passed_on_at=now, passed_on_from=f"{word}转",
    )  # fmt: skip
    journey.reminder_send(handled, sms)


def late(unit: OrgUnit, *, word: str, now: datetime) -> None:
    """A link of the unit, and one from a place of a foreign name, lost time today."""
    day = now.date()
    for node in ("SZ-WZ", f"{word}站"):
        journey.link_day(unit, node=node, day=day)
        journey.late_link(unit, node=node, day=day, waybill_no=HELD)
    journey.delay_day(day=day, is_dirty=False, built_at=now)
    journey.eta_check(day=day)


def fed(slug: str, keeper: Person, *, word: str, now: datetime) -> FeedAccount:
    """What was sent by a partner and by the outlet's owner, kept and put aside."""
    account = journey.feed_account(
        slug, secret=f"{word}密", partner_no=f"{word}号", carrier=f"{word}承"[:32], key="a-partners-key"
    )
    journey.feed_word("carrier", f"{word}词", "sto")
    source = f"api:{keeper.get_username()}"
    journey.push(source, word.encode(), person=keeper, capture_id=CAPTURE, received_at=now)
    for told in (source, account.source):
        journey.parked(told, detail=f"{word}细", raw=f"{word}原", waybill_no=HELD, at=now, settled_by="")
        journey.intake_count(told, hour=now.replace(minute=0, second=0, microsecond=0), last_at=now)
        journey.reconciliation(told, is_well=False)
    return account


def answer(unit: OrgUnit, now: datetime) -> dict[str, object]:
    """A preview as it was worked out: a parcel of the unit would have been told of."""
    found = {"waybill": HELD, "at": now.isoformat(), "unit": unit.code}
    return {
        "before": 1, "after": 2, "added": 1, "removed": 0, "moved": 0, "days": [[f"{now:%Y-%m-%d}", 1, 2]],
        "units": [[unit.code, 1, 2]], "more_units": 0, "new": [found], "gone": [found], "kept": [found],
        "share": 1, "rows": 10,
    }  # fmt: skip
