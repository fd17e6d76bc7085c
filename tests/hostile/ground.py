"""A carrier in which everything private of one outlet bears a word that no stranger may ever read."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.test import Client
from django.utils import timezone

from huhang.desk.actions import answering
from huhang.desk.models import Ticket
from huhang.kit.models import ImportRun
from huhang.network.models import Grant, OrgUnit, Person
from huhang.network.rules.roles import Role
from tests.cast import Cast
from tests.desk.scenes import a_ticket
from tests.factories import channels, journey, network, quality
from tests.factories import kit as shed
from tests.hostile import desked, watched
from tests.hostile.desked import Desked

WORD = "机密字样"
PHONE = "19912345678"
WAYBILL = "SX7730000009911"

NOBODY = "nobody"
PLACES = {"next door": "SZ-GS", "in another province": "ZJ"}
STRANGERS = (NOBODY, *(f"{role} {place}" for place in PLACES for role in Role))


@dataclass
class Scene:
    """The outlet 吴中 with one of each, and people who have no business there."""

    cast: Cast
    ticket: Ticket
    arguments: dict[str, dict[str, object]]
    desk: Desked
    strangers: dict[str, Person]


def scene(cast: Cast) -> Scene:
    unit, now = cast.unit("SZ-WZ"), timezone.now()
    ticket = a_ticket(
        cast,
        title=f"{WORD}题",
        body=f"{WORD}文",
        contact_name=f"{WORD}名",
        contact_phone=PHONE,
        waybill_no=WAYBILL,
    )
    answering.note(ticket_no=ticket.no, text=f"{WORD}注", by=cast.gao, now=now)
    parcel = journey.waybill(WAYBILL, origin=unit, dest=unit, receiver_name=f"{WORD}收", receiver_phone=PHONE)
    notice = channels.notice(at=now, path=unit.path, title=f"{WORD}通知")
    hook = channels.webhook(unit, at=now, name=f"{WORD}调")
    told = channels.delivery(hook, channels.webhook_message(at=now), at=now)
    customer = network.customer(unit, name=f"{WORD}客", phone=PHONE)
    courier = network.courier(unit, name=f"{WORD}递", phone=PHONE)
    area = network.delivery_area(unit, courier, name=f"{WORD}片")
    route = network.route(unit, unit)
    standard = network.transit_standard(unit, unit, 24)
    Person.objects.filter(pk=cast.gao.pk).update(phone=PHONE, display_name=f"{WORD}高")
    grant = Grant.objects.get(person=cast.gao)
    token = network.api_token(cast.gao, "hh_gao", now)
    rejected = [{"row": 1, "field": "", "code": "bad_json", "reason": WORD}]
    batch = journey.segment(771, batch_key=f"api:{cast.hua.pk}:x", rejected=rejected)
    batch.merged_into = batch  # there is no file behind it
    batch.save()
    desk = desked.rows(ticket, cast.gao, courier, word=WORD, now=now)
    watch = watched.rows(unit, courier, cast.gao, word=WORD, phone=PHONE, now=now)
    strangers = _strangers(cast)
    return Scene(cast, ticket, {
        "desk": desk.arguments,
        "journey": {"no": parcel.no, "whose": "receiver", "seq": batch.seq} | watch,
        "network": {
            "username": "gao", "grant_id": grant.pk, "token_id": token.pk, "run_id": _import(cast).pk,
            "kind": "customers", "key": customer.code, "file": "csv",
        },
        "metrics": {"table": "units", "suffix": "csv"},
        "quality": _asked(ticket, now),
        "channels": {"notice_id": notice.pk, "webhook_id": hook.pk, "delivery_id": told.pk} | _doors(unit, now),
        "also": {"couriers": courier.code, "areas": area.code, "routes": route.code, "standards": standard.pk,
                 "units": unit.code},
    }, desk, strangers)  # fmt: skip


def _doors(unit: OrgUnit, now: datetime) -> dict[str, object]:
    """An account and an entrance of one name, what came in by it and could not be used, and a call that is owed."""
    told = {"settings": {"app_id": f"{WORD}甲"}, "secrets": {"app_secret": f"{WORD}密"}}
    account = channels.account(unit, key="wz-door", adapter="wechat", name=f"{WORD}号", **told)
    channels.entrance(unit, key="wz-door", kind="wechat", name=f"{WORD}门", account=account)
    item = channels.inbox_item(account, at=now, trouble=f"{WORD}因")
    return {
        "key": account.key, "item_id": item.pk, "call_id": channels.call(account, at=now, number=PHONE).pk,
        "callback_id": channels.callback_due(account, at=now, number=PHONE).pk, "verb": "claim",
    }  # fmt: skip


def _asked(ticket: Ticket, now: datetime) -> dict[str, object]:
    """A customer who was not satisfied, and the call that they are owed."""
    survey = quality.answered(ticket.unit, at=now, score=1, words=f"{WORD}评", people=[f"tel:{PHONE}"])
    quality.touch(ticket.unit, at=now, ticket=ticket, survey=survey, people=[f"tel:{PHONE}"])
    back = quality.call_back(survey, at=now, words=f"{WORD}述")
    return {"survey_id": survey.pk, "call_back_id": back.pk, "verb": "claim"}


def _import(cast: Cast) -> ImportRun:
    run = shed.import_run("customers", rows=1, by="gao", now=timezone.now() - timedelta(minutes=1))
    file = Path(settings.VAR) / "rejects" / "hostile.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(WORD)
    run.rejects_path, run.errors, run.rejected = str(file), [{"row": 1, "field": "", "reason": WORD}], 1
    run.save()
    return run


def _strangers(cast: Cast) -> dict[str, Person]:
    """Somebody with no role, and people of every trade next door and in another province."""
    found = {NOBODY: cast.nobody}
    for place, code in PLACES.items():
        for role in Role:
            found[f"{role} {place}"] = employed(role, cast.unit(code))
    return found


def employed(role: Role, unit: OrgUnit) -> Person:
    """Somebody who holds just this role there."""
    person = network.person(f"{role}-{unit.code}", home=unit)
    Grant.objects.create(person=person, role=role, unit=unit)
    return person


def browser(person: Person | None, *, raising: bool = True) -> Client:
    client = Client(raise_request_exception=raising)
    if person:
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client
