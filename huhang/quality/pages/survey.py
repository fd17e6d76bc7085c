"""The customer's own page of a survey, behind a random address: one tap answers, and opening it never does.

Programs open links before people do: they look what is there, and some run scripts. So a GET changes nothing; a link
that names an answer (`?a=5`) brings a page that sends it once somebody has it before their eyes, and offers the same
buttons to whoever has no scripts. What links say in contradiction is no answer (`rules.answers`).
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils import timezone, translation
from pydantic import BaseModel, ConfigDict, Field

from huhang.desk.actions.customers import StaffCannotSpeak
from huhang.kit.bearers import bearers_of
from huhang.kit.doors import part, read
from huhang.kit.errors import DomainError, NotFound
from huhang.kit.limits import Limits
from huhang.quality.actions import answering
from huhang.quality.models import Survey
from huhang.quality.queries import customers
from huhang.quality.rules.answers import LEAST, MOST, Said

LIMITS = Limits("quality.survey", writes_of_token=30)
bearers = bearers_of(LIMITS, missing="quality/survey_missing.html", refused="quality/survey_refused.html")


class Form(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    score: int | None = Field(None, ge=LEAST, le=MOST)
    solved: bool | None = None
    words: str = Field("", max_length=500)
    # Sent by the page of a link, without a press on a button of ours.
    auto: bool = False


View = Callable[..., HttpResponse]


def door(method: str) -> Callable[[View], View]:
    """What stands before both pages: the method, limits, the token, the language."""

    def wrap(view: View) -> View:
        def asked(request: HttpRequest, token: str) -> HttpResponse:
            if request.method != method and (request.method, method) != ("HEAD", "GET"):
                return HttpResponseNotAllowed([method])
            return view(request, token)

        opened = bearers(wraps(view)(asked))

        @wraps(opened)
        def spoken(request: HttpRequest, token: str) -> HttpResponse:
            with translation.override(_chosen(request) or translation.get_language()):
                return opened(request, token)

        return spoken

    return wrap


@door("GET")
def page(request: HttpRequest, token: str) -> HttpResponse:
    """The question, or thanks for the answer."""
    survey = answering.survey_of(token, now=timezone.now())
    return _shown(request, token, survey)


@door("POST")
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """One tap: for browsers back to the page, for our scripts what stands now."""
    if not request.headers.get("Accept", "").startswith("application/json"):
        _take(request, token)
        query = f"?lang={_chosen(request)}" if _chosen(request) else ""
        return HttpResponseRedirect(f"{reverse('survey:page', args=[token])}{query}#thanks")
    try:
        survey = _take(request, token)
    except NotFound:
        raise
    except DomainError as error:
        return JsonResponse({"error": str(error)}, status=error.status)
    return JsonResponse(
        {
            "score": survey.score,
            "solved": survey.is_solved,
            "words": survey.words,
            "doubtful": survey.is_doubtful,
        }
    )


def _take(request: HttpRequest, token: str) -> Survey:
    """Nobody who is signed in as ours answers in a customer's name."""
    if request.user.is_authenticated:
        raise StaffCannotSpeak
    form = read(Form, request)
    said = Said(score=form.score, is_solved=form.solved, words=form.words, is_auto=form.auto)
    return answering.answer(token=token, said=said, now=timezone.now())


def _shown(request: HttpRequest, token: str, survey: Survey) -> HttpResponse:
    named = request.GET.get("a", "")
    chosen = int(named) if named in {"1", "2", "3", "4", "5"} else None
    stands = bool(survey.settles_at and survey.settles_at <= timezone.now())
    context: dict[str, Any] = {
        "survey": survey, "token": token, "choices": customers.choices(), "stands": stands,
        # The page sends by itself what the link named, unless somebody has said something already.
        "sends": chosen if chosen and not survey.answered_at and not survey.is_doubtful else None,
        "chosen": survey.score or chosen, "lang": _chosen(request),
    }  # fmt: skip
    return part(request, "quality/survey.html", **context)


def _chosen(request: HttpRequest) -> str:
    wanted = request.GET.get("lang", "")
    return wanted if wanted in dict(settings.LANGUAGES) else ""
