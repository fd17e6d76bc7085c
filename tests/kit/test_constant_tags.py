"""Tags that remember what they said: the same words as Django's own, in every language, whoever asked first."""

import pytest
from django.template import Context, Template
from django.urls import reverse
from django.utils import translation

LANGUAGES = ("zh-hans", "en", "zh-hant", "zh-hans")


def rendered(template: Template, language: str, **context: object) -> str:
    with translation.override(language):
        return template.render(Context(context))


@pytest.mark.parametrize(
    "source",
    [
        '{% translate "工单" context "several" %}',
        '{% translate "保存" as word %}<b>{{ word }}</b>',
        '{% translate "100%% & <b>" %}',
        "{% translate word %}",
        '{% url "home" %}?{% url "desk:ticket" no %}',
        '{% url "desk:step_resolve" no pk %} {% url "desk:step_resolve" no "7" %}',
        '{% url "desk:ticket" odd as page %}{{ page }} {% url "no:such" no as page %}{{ page }}',
        '{% url "desk:step_resolve" no no as page %}{{ page }}',
        '{% load static %}{% static "js/live.js" %} {% static file %}',
    ],
)
def test_say_what_djangos_say(source: str) -> None:
    ours, context = (
        Template(source),
        {"word": "工单", "no": "T1", "pk": 7, "odd": "a&b c", "file": "js/keys.js"},
    )
    for language in LANGUAGES:
        djangos = Template("{% load i18n %}" + source)  # its own tags again, and nothing remembered
        assert rendered(ours, language, **context) == rendered(djangos, language, **context)


def test_an_icon_is_an_icon_by_name_or_variable() -> None:
    plus = '<i class="ti ti-plus" aria-hidden="true"></i>'
    assert rendered(Template('{% icon "plus" %}{% icon name %}'), "en", name="plus") == plus * 2
    assert "<b>" not in rendered(Template("{% icon name %}"), "en", name="<b>")


def test_a_part_that_is_alike_is_painted_once_per_language_and_value() -> None:
    part = Template('{% alike here %}{% translate "保存" %}{{ here }}{{ count }}{% endalike %}')
    said = [rendered(part, "en", here=here, count=count) for here, count in (("a", 1), ("a", 2), ("b", 3))]
    assert said == ["Savea1", "Savea1", "Saveb3"]
    assert rendered(part, "zh-hans", here="a", count=4) == "保存a4"


def test_addresses_are_those_of_the_routes() -> None:
    assert rendered(Template('{% url "desk:tickets" %}'), "en") == reverse("desk:tickets")
