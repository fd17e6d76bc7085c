"""As what cases can end."""

from huhang.desk.models import ClosingReason


def closing_reasons() -> list[ClosingReason]:
    """All of them, those out of use too."""
    return list(ClosingReason.objects.all())


def to_choose() -> list[ClosingReason]:
    return list(ClosingReason.objects.filter(is_active=True))


def names() -> dict[str, str]:
    """By their codes, in the reader's language."""
    return {row.code: row.shown_name for row in ClosingReason.objects.all()}
