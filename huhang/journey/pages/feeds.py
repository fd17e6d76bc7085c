"""Who may push to us, and what partners call things."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from pydantic import BaseModel, ConfigDict, Field

from huhang.journey.actions import feed_keeping
from huhang.journey.models import FeedAccount, FeedWord
from huhang.journey.models.feed import PROTOCOL_NAMES, WORD_KINDS
from huhang.journey.queries import intake
from huhang.kit.doors import StaffRequest, may, part, read
from huhang.kit.errors import BadInput

EDIT = "journey.feeds.edit"


class AccountForm(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    slug: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{1,31}$")
    kind: str = Field(max_length=16)
    secret: str = Field("", max_length=128)
    partner_no: str = Field("", max_length=64)
    carrier: str = Field("", max_length=32)


class EditForm(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    partner_no: str = Field("", max_length=64)
    carrier: str = Field("", max_length=32)
    is_enabled: bool = False


class SecretForm(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    secret: str = Field("", max_length=128)


class WordForm(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    kind: str = Field(max_length=16)
    theirs: str = Field(min_length=1, max_length=255)
    ours: str = Field(min_length=1, max_length=64)


class RemoveForm(BaseModel):
    model_config = ConfigDict(extra="forbid")

    word_id: int


@may(EDIT)
@require_GET
def accounts(request: StaffRequest) -> HttpResponse:
    sources = {s.name: s for s in intake.sources(intake.counts(request.person), now=request.now)}
    rows = [(account, sources.get(account.source)) for account in FeedAccount.objects.all()]
    return part(request, "journey/feeds.html", rows=rows, kinds=PROTOCOL_NAMES.items())


@may(EDIT)
@require_http_methods(["GET", "POST"])
def new(request: StaffRequest) -> HttpResponse:
    if request.method != "POST":
        return _form(request, values={"kind": "kuaidi100"})
    try:
        form = read(AccountForm, request)
        account, secret = feed_keeping.open_account(**form.model_dump(), by=request.person, now=request.now)
    except feed_keeping.NameTaken as error:
        return _form(request, values=request.POST.dict(), errors={"slug": error.title}, status=422)
    except BadInput as error:
        return _form(request, values=request.POST.dict(), errors=_by_field(error), status=422)
    return _secret(request, account, secret)


@may(EDIT)
@require_http_methods(["GET", "POST"])
def account(request: StaffRequest, slug: str) -> HttpResponse:
    row = get_object_or_404(FeedAccount, slug=slug)
    if request.method == "POST":
        form = read(EditForm, request)
        feed_keeping.edit_account(slug=slug, **form.model_dump(), by=request.person, now=request.now)
        messages.success(request, _("已保存"))
        return redirect("journey:feeds")
    return part(request, "journey/feed.html", account=row, address=_address(request, row))


@may(EDIT)
@require_POST
def renew(request: StaffRequest, slug: str) -> HttpResponse:
    """The only time that the new secret is shown."""
    row = get_object_or_404(FeedAccount, slug=slug)
    form = read(SecretForm, request)
    secret = feed_keeping.renew_secret(slug=slug, secret=form.secret, by=request.person, now=request.now)
    return _secret(request, row, secret)


@may(EDIT)
@require_http_methods(["GET", "POST"])
def words(request: StaffRequest) -> HttpResponse:
    """What partners call a carrier, a parcel, a place of ours."""
    if request.method != "POST":
        return _words(request)
    try:
        form = read(WordForm, request)
        feed_keeping.add_word(**form.model_dump(), by=request.person, now=request.now)
    except BadInput as error:
        return _words(request, error=error, values=request.POST.dict(), status=422)
    messages.success(request, _("已保存，搁置的内容可以再试一次"))
    return redirect("journey:feed_words")


@may(EDIT)
@require_POST
def forget_word(request: StaffRequest) -> HttpResponse:
    form = read(RemoveForm, request)
    feed_keeping.remove_word(word_id=form.word_id, by=request.person, now=request.now)
    messages.success(request, _("已删除"))
    return redirect("journey:feed_words")


def _words(request: StaffRequest, *, status: int = 200, **context: Any) -> HttpResponse:
    kinds = [(kind, str(name)) for kind, name in WORD_KINDS.items()]
    rows = [(word, dict(kinds)[word.kind]) for word in FeedWord.objects.all()[:1000]]
    usual = {"kind": request.GET.get("kind", ""), "theirs": request.GET.get("theirs", "")}
    return part(
        request,
        "journey/feed_words.html",
        status=status,
        rows=rows,
        kinds=kinds,
        **{"values": usual, **context},
    )


def _form(
    request: StaffRequest, *, values: dict[str, Any], errors: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    values = {**values, "secret": ""}
    return part(
        request,
        "journey/feed_new.html",
        status=status,
        values=values,
        errors=errors or {},
        kinds=PROTOCOL_NAMES.items(),
    )


def _secret(request: StaffRequest, row: FeedAccount, secret: str) -> HttpResponse:
    answer = part(
        request, "journey/feed_secret.html", account=row, secret=secret, address=_address(request, row)
    )
    answer["Cache-Control"] = "no-store"
    return answer


def _address(request: StaffRequest, row: FeedAccount) -> str:
    return request.build_absolute_uri(reverse("journey:push", args=[row.key]))


def _by_field(error: BadInput) -> dict[str, str]:
    return {str(one["field"]): str(one["reason"]) for one in error.data.get("errors", [])}
