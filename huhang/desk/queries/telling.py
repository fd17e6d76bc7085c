"""Lines of a case's story in the language of whoever reads them. They are stored in Chinese, as they happened."""

import re
from collections.abc import Mapping

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from huhang.kit.languages import shown

# The lines that name something; the others are texts of the catalogue as they stand.
_LINES = (
    _("计时暂停：%(reason)s"),
    _("同一运单又触发预警：%(rule)s"),
    _("已提醒%(courier)s"),
    _("转入下一步：%(step)s（%(unit)s）"),
    _("由%(from)s移交%(to)s：%(reason)s"),
)


def _pattern(line: str) -> re.Pattern[str]:
    """`已提醒%(courier)s` → what finds the courier in `已提醒张师傅`."""
    return re.compile(re.sub(r"%\\\((\w+)\\\)s", r"(?P<\1>.+?)", re.escape(line)), re.DOTALL)


_PATTERNS = [(line, _pattern(line)) for line in _LINES]


def told(text: str, names: Mapping[str, str]) -> str:
    """The line as its reader should see it; `names` are the units' own names and those in the reader's language."""
    for line, pattern in _PATTERNS:
        if match := pattern.fullmatch(text):
            return gettext(line) % {
                key: names.get(word) or shown(word) for key, word in match.groupdict().items()
            }
    return shown(text)
