"""Three languages: every text has its English and its traditional form, and no page mixes them."""

import re
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone, translation

from huhang.config import messages
from huhang.config.messages import Key, Text
from huhang.desk.actions import progress
from huhang.desk.models import Ticket
from huhang.journey.rules.status import Scan
from huhang.kit.errors import DomainError, Stale
from huhang.network.models import Courier, OrgUnit, Person
from tests.cast import Cast
from tests.desk.scenes import a_ticket
from tests.journey.pages.scenes import NO, a_hit, a_parcel, way

__all__ = ["way"]
MACRO_PLACE = re.compile(r"\{[^}]*\}")
HAN = re.compile(r"[\u3001-\u303f\u3400-\u9fff\uff00-\uff65]+")
PLACEHOLDER = re.compile(r"%\(\w+\)\w|%%s|</?b>")


def catalogue(locale: str) -> dict[Key, polib.POEntry]:
    file = messages.LOCALES / locale / "LC_MESSAGES/django.po"
    return {messages.key_of(entry): entry for entry in polib.pofile(str(file))}


def said(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


@pytest.fixture(scope="module")
def found() -> dict[Key, Text]:
    return messages.collect()


@pytest.mark.parametrize("locale", ["en", "zh_Hant"])
class TestCatalogue:
    def test_has_exactly_the_texts_of_the_house(self, locale: str, found: dict[Key, Text]) -> None:
        known = set(catalogue(locale))
        missing = [f"{key.msgid} ({min(found[key].places)})" for key in found.keys() - known]
        assert not missing, "run `make messages` and translate: " + "; ".join(missing)
        assert not known - found.keys(), "run `make messages`: these are said no more"

    def test_leaves_nothing_untranslated_or_doubtful(self, locale: str) -> None:
        entries = catalogue(locale).values()
        assert [e.msgid for e in entries if not all(said(e))] == []
        assert [e.msgid for e in entries if e.fuzzy or e.obsolete] == []

    def test_keeps_the_places_where_values_go(self, locale: str) -> None:
        wrong = [
            f"{entry.msgid} → {words}"
            for entry in catalogue(locale).values()
            for words in said(entry)
            if sorted(PLACEHOLDER.findall(entry.msgid)) != sorted(PLACEHOLDER.findall(words))
        ]
        assert wrong == []


def test_english_is_english() -> None:
    """The places in a macro keep their names: {运单号} is filled in before anybody reads it."""
    own_names = {"简体中文", "繁體中文"}
    mixed = [
        e.msgid
        for e in catalogue("en").values()
        if e.msgid not in own_names and HAN.search(MACRO_PLACE.sub("", "".join(said(e))))
    ]
    assert mixed == []


class TestCollecting:
    def test_finds_the_words_of_every_refusal(self, found: dict[Key, Text]) -> None:
        refusals: list[type[DomainError]] = [DomainError, *every_subclass(DomainError)]
        silent = [
            cls.__name__
            for cls in refusals
            if cls.__module__.startswith("huhang.") and Key((cls.__doc__ or "").strip()) not in found
        ]
        assert silent == []

    @pytest.mark.parametrize(
        ("template", "keys"),
        [
            ('{% translate "甲" %}{% translate "乙" as text %}', [Key("甲"), Key("乙")]),
            ('{{ name|default:_("丙") }}', [Key("丙")]),
            ('{% translate "丁" context "several" %}', [Key("丁", context="several")]),
            (
                "{% blocktranslate with n=m trimmed %}\n  {{ n }} 星\n{% endblocktranslate %}",
                [Key("%(n)s 星")],
            ),
            (
                "{% blocktranslate count n=m %}{{ n }} 条{% plural %}{{ n }} 条{% endblocktranslate %}",
                [Key("%(n)s 条", "%(n)s 条")],
            ),
        ],
    )
    def test_reads_templates_as_django_does(self, template: str, keys: list[Key]) -> None:
        assert list(messages.in_template(template)) == keys


class TestMerging:
    def test_keeps_what_is_translated_and_drops_what_is_gone(self, tmp_path: Path) -> None:
        file = tmp_path / "en/LC_MESSAGES/django.po"
        messages.merge(file, texts("旧", "新"), None)
        book = polib.pofile(str(file))
        book[0].msgstr = "old"
        book.save(str(file))
        merged = messages.merge(file, texts("旧", "再"), None)
        assert {e.msgid: e.msgstr for e in merged} == {"旧": "old", "再": ""}

    def test_fills_the_traditional_form_unless_a_hand_wrote_it(self, tmp_path: Path) -> None:
        file = tmp_path / "zh_Hant/LC_MESSAGES/django.po"
        fill = messages.traditional()
        book = messages.merge(file, texts("有问题的列", "网点"), fill)
        book[0].msgstr, book[0].tcomment = "有問題的欄", messages.BY_HAND
        book.save(str(file))
        merged = messages.merge(file, texts("有问题的列", "网点"), fill)
        assert [e.msgstr for e in merged] == ["有問題的欄", "網點"]


def texts(*words: str) -> dict[Key, Text]:
    return {Key(word): Text(Key(word), {"here.py"}) for word in words}


def every_subclass(cls: type[DomainError]) -> list[type[DomainError]]:
    return [below for child in cls.__subclasses__() for below in (child, *every_subclass(child))]


def test_a_refusal_speaks_the_readers_language() -> None:
    with translation.override("en"):
        assert "what you wrote is kept" in Stale().title
    with translation.override("zh-hant"):
        assert "您的輸入已保留" in Stale().title


# --- pages -------------------------------------------------------------------------------------------

PAGES = [
    "/desk/", "/desk/?tab=mine", "/desk/?tab=report", "/desk/wall/", "/desk/wall/?screen=1", "/desk/tickets/",
    "/desk/t/{ticket}/", "/desk/open/", "/journey/", "/journey/w/{waybill}/",
    "/journey/hits/", "/journey/rules/", "/journey/rules/hub_not_departed/", "/journey/intake/", "/metrics/",
    "/network/", "/network/?unit=SZ-WZ", "/network/customers/", "/network/couriers/", "/network/areas/",
    "/network/routes/", "/network/standards/", "/network/people/", "/network/people/gao/", "/network/roles/",
    "/network/imports/", "/channels/", "/search/?q=773120047514", "/keys/", "/nothing-here/",
    "/desk/alerts/", "/desk/wall/screens/", "/desk/wall/screens/new/", "/desk/tickets/columns/",
    "/desk/tickets/?late=1&kind=claim&owner=none&happened=HQ&opened_from=today&soon=30&family=child",
    "/desk/tickets/views/", "/desk/tickets/views/new/", "/desk/tickets/bulk/", "/desk/policies/",
    "/desk/policies/new/", "/desk/policies/pauses/new/", "/desk/calendars/", "/desk/calendars/new/",
    "/desk/plans/", "/desk/plans/new/", "/desk/departments/", "/desk/departments/steps/", "/desk/vote/",
    "/desk/proof/", "/desk/traces/", "/desk/traces/policy/",
    "/desk/seats/", "/desk/seats/open/", "/desk/seats/weights/", "/channels/webhooks/",
    "/channels/webhooks/add/", "/quality/", "/quality/unhappy/", "/quality/unhappy/?show=all",
    "/quality/first-time/", "/quality/contacts/", "/quality/terms/",
]  # fmt: skip

# What opens beside or over a case; macros are what people wrote.
AT_A_CASE = [
    "assignment", "assignment/side", "assign", "merge", "split", "links", "side", "trace", "traces", "weigh",
    "pause", "steps/add", "hand-over", "resolve", "link", "files", "here",
]  # fmt: skip


# The languages in the language switch, provinces in a rule of the pack, the Chinese title beside the English one.
OF_DATA = {"简体中文", "繁體中文", "新疆", "西藏"}


@pytest.fixture
def ticket(cast: Cast, way: list[Scan]) -> Ticket:
    """A carrier whose people, units and cases all have Latin names: any Han left on a page is the house's own."""
    for unit in OrgUnit.objects.all():
        OrgUnit.objects.filter(pk=unit.pk).update(name_en=f"Unit {unit.code}")
    Person.objects.update(display_name="Robin")
    Courier.objects.update(name="Jo")
    way[:] = [scan for scan in way if not scan.text]
    parcel = a_parcel(cast)
    parcel.sender_name = parcel.receiver_name = "Kim"
    parcel.sender_address = parcel.receiver_address = "99 Baodai Road"
    parcel.save()
    a_hit(cast)
    return a_ticket(cast, title="Box damaged", body="The cup is broken", contact_name="Kim", waybill_no=NO)


def reader(person: Person | None, language: str) -> Client:
    client = Client()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    if person:
        client.force_login(person)
    return client


def visible_han(page: str) -> set[str]:
    """Chinese on a page, apart from columns of import files, which are told in both languages."""
    page = re.sub(
        r"<!--.*?-->|<script.*?</script>|<dl class=\"network-columns\">.*?</dl>", "", page, flags=re.DOTALL
    )
    page = re.sub(r'\svalue="[^"]*"', "", page)  # what people typed in
    return set(HAN.findall(page)) - OF_DATA


@pytest.mark.django_db
class TestPages:
    @pytest.mark.parametrize("page", PAGES)
    def test_in_english_have_no_chinese_of_ours(self, cast: Cast, ticket: Ticket, page: str) -> None:
        client = reader(cast.hua, "en")
        answer = client.get(page.format(ticket=ticket.no, waybill=NO), follow=True)
        assert visible_han(answer.content.decode()) == set()

    @pytest.mark.parametrize("part", AT_A_CASE)
    def test_at_a_case_too(self, cast: Cast, ticket: Ticket, part: str) -> None:
        answer = reader(cast.hua, "en").get(f"/desk/t/{ticket.no}/{part}/", headers={"HX-Request": "true"})
        assert visible_han(answer.content.decode()) == set()

    def test_before_the_door_too(self, cast: Cast) -> None:
        assert visible_han(reader(None, "en").get("/login/").content.decode()) == set()

    def test_for_the_customer_too(self, ticket: Ticket) -> None:
        link = progress.issue_link(ticket=ticket, now=timezone.now())
        assert visible_han(reader(None, "en").get(f"/p/{link}").content.decode()) == set()
