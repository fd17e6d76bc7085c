"""What the carrier's products are called. A code that is not here is shown as it came."""

from django.utils.translation import gettext_lazy as _

PRODUCT_NAMES = {
    "standard": _("标准快递"),
    "express": _("特快"),
    "express_air": _("航空件"),
    "economy": _("经济件"),
    "same_city": _("同城件"),
    "cold_chain": _("冷链件"),
    "heavy": _("大件"),
    "international": _("国际件"),
}


def product_name(code: str) -> str:
    """A product as people say it, in their language."""
    return str(PRODUCT_NAMES.get(code, code))


def product_code(said: str) -> str:
    """The product that somebody means: its name in their language, or its code."""
    return next((code for code, name in PRODUCT_NAMES.items() if str(name) == said), said)
