"""What products are called."""

from django.utils import translation

from huhang.network.models import product_code, product_name


def test_a_known_product_has_a_name_in_the_readers_language() -> None:
    assert product_name("same_city") == "同城件"
    with translation.override("en"):
        assert product_name("same_city") == "Same city"


def test_an_unknown_product_is_shown_as_it_came() -> None:
    assert product_name("vip_next") == "vip_next"
    assert product_name("") == ""


def test_what_is_written_by_name_is_read_as_the_code() -> None:
    assert [product_code(said) for said in ("同城件", "same_city", "vip_next")] == [
        "same_city",
        "same_city",
        "vip_next",
    ]
