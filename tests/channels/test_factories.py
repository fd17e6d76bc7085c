"""The rows that tests begin with can be made."""

import pytest

from huhang.channels.rules.conversation import Side
from tests.cast import NOON, Cast
from tests.factories import channels as factory

pytestmark = pytest.mark.django_db


def test_every_row_of_accounts_talks_and_calls_can_be_made(cast: Cast) -> None:
    unit = cast.unit("HQ")
    entrance = factory.entrance(unit)
    account, talk = factory.account(unit), factory.conversation(entrance, at=NOON)
    factory.shared_token(account, until=NOON)
    factory.pull_cursor(account)
    factory.quota(account, "o-1", until=NOON)
    proven = factory.contact(at=NOON, phone="19900001234")
    assert factory.address(account, at=NOON, contact=proven).contact == proven
    assert [factory.message(talk, at=NOON, side=side).seq for side in (Side.CUSTOMER, Side.NOTE)] == [1, 2]
    factory.phone_proof(talk.address, at=NOON)
    factory.media_fetch(factory.message(talk, at=NOON), at=NOON)
    factory.stretch(talk, at=NOON, agent=cast.lin)
    factory.preview(talk, at=NOON)
    factory.reply_draft(talk, at=NOON, by=cast.lin)
    factory.call_event(account, at=NOON)
    factory.call_report(factory.call(account, at=NOON), cast.lin, at=NOON)
    factory.agent_extension(account, cast.lin, at=NOON)
    factory.callback_try(factory.callback_due(account, at=NOON), at=NOON, by=cast.lin)
