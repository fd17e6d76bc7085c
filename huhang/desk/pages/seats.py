"""Seats: the team's page, one's own switch, and the sign of life that browsers give."""

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from pydantic import BaseModel, ConfigDict, Field

from huhang.desk.actions import seats as verbs
from huhang.desk.actions.seats import Ability
from huhang.desk.models import Seat
from huhang.desk.models.seat import BUSY_REASONS, STATUS_NAMES
from huhang.desk.models.ticket import KIND_NAMES
from huhang.desk.pages.answers import done
from huhang.desk.queries import seats as queries
from huhang.desk.rules.assignment import Status
from huhang.desk.rules.kinds import Kind
from huhang.kit.answers import page_or_part
from huhang.kit.doors import StaffRequest, may, part, read, signed_in
from huhang.kit.errors import BadInput, NotFound
from huhang.network.models.product import PRODUCT_NAMES

# What people type between words of a list.
BETWEEN = re.compile(r"[\s,，、;；]+")
WORDS_AT_MOST, LONGEST_WORD = 20, 40
Word = Annotated[str, Field(max_length=LONGEST_WORD)]
# Whoever switches may say these; one goes offline by leaving.
CHOICES = (
    Status.AVAILABLE, Status.BUSY, Status.WRAP_UP, Status.BREAK, Status.TRAINING, Status.AWAY, Status.OFFLINE,
)  # fmt: skip


class TooManyWords(BadInput):
    """每项最多 20 个词，每个词最多 40 个字。"""


class Switch(BaseModel):
    model_config = ConfigDict(extra="forbid")

    status: Status
    busy_reason: str = Field("", max_length=16)


class AbilityForm(BaseModel):
    """What somebody can do; skills are typed with any separator, the rest is chosen."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    kinds: list[Kind] = Field(default_factory=list, max_length=len(Kind))
    products: list[Word] = Field(default_factory=list, max_length=WORDS_AT_MOST)
    skills: str = Field("", max_length=900)
    languages: list[Word] = Field(default_factory=list, max_length=WORDS_AT_MOST)
    level: int = Field(1, ge=1, le=5)
    capacity: int = Field(20, ge=0, le=1000)
    chats: int = Field(5, ge=0, le=50)
    # A box that is not ticked is not sent.
    takes_by_itself: bool = False

    def ability(self) -> Ability:
        return Ability(
            kinds=tuple(self.kinds), products=tuple(filter(None, self.products)), skills=words_of(self.skills),
            languages=tuple(filter(None, self.languages)), level=self.level, capacity=self.capacity,
            chats=self.chats, takes_by_itself=self.takes_by_itself,
        )  # fmt: skip


class OpenForm(AbilityForm):
    colleague: int


class ThingForm(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    thing: str = Field(pattern="^(customer|courier|unit)$")
    code: str = Field(min_length=1, max_length=32)


def words_of(text: str) -> tuple[str, ...]:
    words = tuple(word for word in BETWEEN.split(text) if word)
    if len(words) > WORDS_AT_MOST or any(len(word) > LONGEST_WORD for word in words):
        raise TooManyWords
    return words


@may("desk.seats.see")
@require_GET
def seats(request: StaffRequest) -> HttpResponse:
    """Who is there, what they carry, and what waits."""
    return page_or_part(request, "desk/seats.html", "desk/_seats.html", **_shown(request))


def _shown(request: StaffRequest) -> dict[str, Any]:
    person = request.person
    return {
        "board": queries.board(person),
        "paths": person.visible_paths(queries.SEE),
        "may_edit": person.may(queries.EDIT),
        "as_of": request.now,
    }


def _answer(request: StaffRequest, said: str) -> HttpResponse:
    return done(request, "desk/_seats.html", target="#seats", said=said, **_shown(request))


def _choices(ability: Ability | Seat) -> dict[str, Any]:
    """What can be ticked, and what somebody ticked before it was a choice."""
    return {
        "ability": ability,
        "kinds": KIND_NAMES.items(),
        "spoken": _with_kept(dict(settings.LANGUAGES), ability.languages).items(),
        "products": _with_kept(PRODUCT_NAMES, ability.products).items(),
    }


def _with_kept(names: Mapping[str, Any], kept: Iterable[str]) -> dict[str, Any]:
    return {**names, **{code: names.get(code, code) for code in kept}}


@may("desk.seats.edit")
@require_http_methods(["GET", "POST"])
def open_seat(request: StaffRequest) -> HttpResponse:
    """Give a colleague a seat."""
    free = queries.people_without_seat(request.person)
    if request.method == "GET":
        return part(request, "desk/_seat_open.html", people=free, **_choices(Ability()))
    form = read(OpenForm, request)
    person = next((one for one in free if one.pk == form.colleague), None)
    if person is None or person.home is None:
        raise NotFound(colleague=form.colleague)
    verbs.open_seat(
        person=person, unit=person.home, ability=form.ability(), by=request.person, now=request.now
    )
    return _answer(request, _("已为%(name)s开通席位。") % {"name": person})


@may("desk.seats.edit")
@require_http_methods(["GET", "POST"])
def seat(request: StaffRequest, seat_id: int) -> HttpResponse:
    """What somebody can do and how much at once."""
    found = queries.seat_for(request.person, seat_id, queries.EDIT)
    if request.method == "GET":
        return part(request, "desk/_seat.html", seat=found, **_choices(found))
    form = read(AbilityForm, request)
    verbs.set_ability(seat_id=found.pk, ability=form.ability(), by=request.person, now=request.now)
    return _answer(request, _("已保存%(name)s的席位设置。") % {"name": found.person})


@may("desk.seats.edit")
@require_POST
def take_off(request: StaffRequest, seat_id: int) -> HttpResponse:
    found = queries.seat_for(request.person, seat_id, queries.EDIT)
    verbs.take_off(seat_id=found.pk, by=request.person, now=request.now)
    return _answer(request, _("已将%(name)s设为离线，待答复的工单会转给同事。") % {"name": found.person})


@may("desk.seats.edit")
@require_POST
def close(request: StaffRequest, seat_id: int) -> HttpResponse:
    found = queries.seat_for(request.person, seat_id, queries.EDIT)
    verbs.close_seat(seat_id=found.pk, by=request.person, now=request.now)
    return _answer(request, _("%(name)s的席位已停用，手上的工单会转给同事。") % {"name": found.person})


@may("desk.seats.edit")
@require_http_methods(["GET", "POST"])
def portfolio(request: StaffRequest, seat_id: int) -> HttpResponse:
    """The customers, couriers and units that a seat is in charge of."""
    found = queries.seat_for(request.person, seat_id, queries.EDIT)
    if request.method == "POST":
        form = read(ThingForm, request)
        thing = queries.thing_for(request.person, form.thing, form.code)
        verbs.entrust(seat_id=found.pk, thing=thing, by=request.person, now=request.now)
    return _portfolio(request, found)


@may("desk.seats.edit")
@require_POST
def withdraw(request: StaffRequest, seat_id: int, member_id: int) -> HttpResponse:
    found = queries.seat_for(request.person, seat_id, queries.EDIT)
    member = queries.member_for(found, member_id)
    verbs.withdraw(thing=member.thing, by=request.person, now=request.now)
    return _portfolio(request, found)


def _portfolio(request: StaffRequest, found: Seat) -> HttpResponse:
    return part(request, "desk/_portfolio.html", seat=found, members=queries.portfolio_of(found))


@signed_in
@require_http_methods(["GET", "POST"])
def own(request: StaffRequest) -> HttpResponse:
    """One's own switch in the page shell; nothing for whoever has no seat."""
    found = queries.own(request.person)
    if found is None:
        return HttpResponse(status=204)
    if request.method == "POST":
        asked = read(Switch, request).model_dump()
        found = verbs.set_status(seat_id=found.pk, **asked, by=request.person, now=request.now)
        verbs.beat(person_id=request.person.pk, now=request.now)
    choices = [(status, STATUS_NAMES[status]) for status in CHOICES]
    return part(request, "desk/_own_seat.html", seat=found, choices=choices, reasons=BUSY_REASONS.items())


@signed_in
@require_POST
def beat(request: StaffRequest) -> HttpResponse:
    """A browser is still there: one statement besides those that know who asks."""
    return JsonResponse({"status": verbs.beat(person_id=request.person.pk, now=request.now)})
