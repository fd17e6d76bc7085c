"""What a customer sees of a survey, on its page and on the progress page of a case; what an agent sees of theirs."""

from datetime import datetime, timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from huhang.channels.actions.tokens import token_of
from huhang.channels.models import Conversation
from huhang.desk.models import Ticket
from huhang.desk.queries.asking import Asked
from huhang.desk.queries.beside import Known
from huhang.kit import masking
from huhang.network.models import Person
from huhang.quality.models import CallBack, Survey
from huhang.quality.models.survey import SCORE_NAMES
from huhang.quality.rules.asking import Way

# For so long an agent is told how somebody was judged the last time.
LATELY = timedelta(days=30)
# Vendors' clocks may differ from ours by this much.
ASTRAY = timedelta(minutes=1)


def choices() -> list[tuple[int, str]]:
    """The five answers, the best first, in the reader's language."""
    return [(score, str(name)) for score, name in SCORE_NAMES.items()]


def on_progress_page(ticket: Ticket, *, now: datetime) -> Asked | None:
    """The question about a case that is over, while it may still be answered."""
    rows = Survey.objects.filter(touches__ticket=ticket, invited_at__isnull=False, expires_at__gt=now)
    survey = rows.order_by("-planned_at").first()
    if survey is None or (survey.settles_at and survey.settles_at <= now):
        return None
    address = reverse("survey:answer", args=[token_of(survey.key)])
    return Asked(address=address, score=survey.score, choices=choices())


def judged_lately(person: Person, phone: str, contact_id: int, *, now: datetime) -> Known | None:
    """How this customer last said that they were not satisfied, for those who see what it was about."""
    names = ((f"tel:{phone}", phone), (f"contact:{contact_id}", contact_id))
    people = [name for name, is_known in names if is_known]
    if not people:
        return None
    rows = (
        Survey.objects.unhappy()
        .within(person.visible_paths("desk.see"))
        .filter(answered_at__gte=now - LATELY)
    )
    survey = rows.filter(touches__people__overlap=people).order_by("-answered_at").first()
    if survey is None or survey.answered_at is None:
        return None
    said = [f"{timezone.localtime(survey.answered_at):%m-%d}", survey.score_name]
    said += [_("没有解决")] if survey.is_solved is False else []
    words = f"：{masking.phones_in(survey.words)}" if survey.words else ""
    owed = CallBack.objects.filter(survey=survey).select_related("ticket").first()
    url = (
        reverse("desk:ticket", args=[owed.ticket.no])
        if owed and person.may("desk.see", owed.ticket.path)
        else ""
    )
    return Known(_("上次评价"), " ".join(filter(None, said)) + words, url)


def asked_by_sms(gateway: str, number: str, *, at: datetime, now: datetime) -> Survey | None:
    """The last question sent to this number by this gateway, while a digit still answers it and nothing else."""
    here = Q(address__account__key=gateway, address__address=number)
    by_itself = Q(way=Way.SMS, outgoing__number=number, outgoing__gateway=gateway)
    in_talk = Q(way=Way.CHAT, touches__conversation__in=Conversation.objects.filter(here).values("pk"))
    rows = Survey.objects.filter(expires_at__gt=now, invited_at__lte=at + ASTRAY)
    found = [rows.filter(way).order_by("-invited_at").first() for way in (by_itself, in_talk)]
    survey = max((one for one in found if one), key=lambda one: one.invited_at or at, default=None)
    if survey is None or (survey.settles_at and survey.settles_at <= now):
        return None
    # Somebody of ours has written there since: the digit answers them.
    talks = Conversation.objects.open().filter(here, agent_spoke_at__gt=survey.invited_at)
    return None if talks.exists() else survey
