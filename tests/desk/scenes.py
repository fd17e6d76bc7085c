"""Ready-made beginnings of a case."""

from itertools import count

from huhang.desk.actions.opening import Opening, open_ticket
from huhang.desk.models import Ticket
from huhang.desk.rules.kinds import Kind
from tests.cast import NOON, Cast

_numbers = count(1)


def opening(cast: Cast, kind: Kind = Kind.COMPLAINT, **more: object) -> Opening:
    facts = {
        "kind": kind,
        "title": "包裹外箱破损",
        "body": "收到时纸箱已经压扁，里面的杯子碎了",
        "unit": cast.unit("SZ-WZ"),
        "source": "test",
        "source_ref": f"case-{next(_numbers)}",
        "waybill_no": "SX7730000000011",
        "contact_name": "王小明",
        "contact_phone": "13800001234",
        "courier": cast.zhang,
    } | more
    return Opening(**facts)  # type: ignore[arg-type]


def a_ticket(cast: Cast, kind: Kind = Kind.COMPLAINT, **more: object) -> Ticket:
    return open_ticket(opening(cast, kind, **more), by=cast.lin, now=NOON)[0]
