"""What conversations, their words and their customers are asked and told as over the API."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from huhang.channels.rules.conversation import Stage
from huhang.desk.rules.kinds import Kind
from huhang.kit.programs import Asked, Strict


class ConversationOut(BaseModel):
    no: str
    stage: str
    entrance: str
    kind: str = Field(description="By which way: web_chat, wechat, email, …")
    queue: str
    agent: str | None
    contact: str = Field(description="Masked, as on the screen.")
    subject: str
    scenario: str
    waybill: str
    follows: str | None = Field(description="The conversation that this one goes on with.")
    opened_at: datetime
    waits_from: datetime | None
    taken_at: datetime | None
    first_answer_at: datetime | None
    owed_from: datetime | None = Field(description="Since when the customer waits for a word.")
    promised_at: datetime | None
    closed_at: datetime | None
    closed_because: str
    last: int = Field(description="The number of the latest message; numbers have no gaps.")
    read_by_customer: int
    read_by_agent: int


class ConversationPage(BaseModel):
    items: list[ConversationOut]
    next: str | None


class MessageFile(BaseModel):
    file: str = Field(description="Its name here; empty while it still lies at the vendor.")
    name: str
    type: str
    size: int


class MessageOut(BaseModel):
    seq: int
    side: str = Field(description="customer, agent, house or note; a note never leaves the house.")
    by: str | None
    name: str
    sort: str
    text: str
    files: list[MessageFile]
    at: datetime
    state: str | None = Field(description="On its way through a vendor; null where our own page shows it.")


class Messages(BaseModel):
    items: list[MessageOut]
    last: int = Field(description="Ask for what comes after this one.")


class ConversationQuery(Asked):
    stage: Stage | None = None
    mine: bool = Field(False, description="Only those that one has.")
    queue: str = Field("", max_length=40, description="The key of a queue.")


class SinceWord(Strict):
    after: int = Field(0, ge=0, lt=2**31, description="The number of the last message that is known.")


class SpokenWord(Strict):
    text: str = Field(min_length=1, max_length=4000, examples=["马上为您查"])
    key: str = Field("", max_length=64, description="One's own name for it: said again, it is said once.")


class UnsentWords(Strict):
    text: str = Field("", max_length=4000)


class ReadMark(Strict):
    up_to: int = Field(ge=0, lt=2**31, examples=[12])


class PassOn(Strict):
    """To a colleague or to a queue."""

    username: str = Field("", max_length=150, examples=["lin"])
    queue: str = Field("", max_length=40)
    note: str = Field(min_length=1, max_length=300, examples=["客户要求赔付"])


class ColleagueOut(BaseModel):
    username: str
    name: str
    status: str
    on_the_line: bool = Field(description="Somebody is at their telephone.")
    held: int = Field(description="Conversations at once, weighed by their queues.")
    chats: int = Field(description="How many they can have at once.")


class CallIn(Strict):
    number: str = Field("", max_length=32, description="Empty is the phone that was proven.")
    at: datetime | None = Field(None, description="Agreed with the customer; null is as soon as possible.")
    note: str = Field("", max_length=200, description="What about; read by colleagues only.")


class PromisedCall(BaseModel):
    call_back: int = Field(description="Its number on the list of those we owe.")
    number: str = Field(description="Masked, as on the screen.")
    next_at: datetime = Field(description="Not to be rung before this.")
    due_at: datetime


class CaseIn(Strict):
    kind: Literal[Kind.INQUIRY, Kind.URGE, Kind.COMPLAINT] = Field(examples=["urge"])
    waybill_no: str = Field("", max_length=40)


class CaseOut(BaseModel):
    case: str = Field(description="Its number.")


class PhoneIn(Strict):
    number: str = Field(min_length=1, max_length=32, examples=["13800001234"])


class PhoneAsked(BaseModel):
    number: str = Field(description="Masked, as on the screen.")
    expires_at: datetime = Field(description="Until when the code holds.")


class ParcelIn(Strict):
    waybill_no: str = Field(min_length=1, max_length=40, examples=["773000000001"])
    key: str = Field("", max_length=64, description="One's own name for it: sent again, it is sent once.")


class Parcel(BaseModel):
    no: str
    promised_at: datetime | None


class CustomerOut(BaseModel):
    contact: str = Field(description="Masked, as on the screen.")
    is_proven: bool
    parcels: list[Parcel]
    alarms: list[str]
    cases: list[str]
    conversations: list[str]
    likely: str = Field(description="Why they come, as far as alarms and cases tell; a guess.")
    known: list[str] = Field(
        description="What else is known of them: how they last judged us, what they may claim."
    )
