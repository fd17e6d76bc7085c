"""What the log may not tell: a customer's address of a case is its key, and a phone number is nobody's business."""

import logging
import re

from huhang.kit import masking

_KEY = re.compile(r"(?<=/p/)[^/\s?\"']+|(?<=[?&]token=)[^&\s\"']+")


class Discreet(logging.Formatter):
    """A formatter that shows neither, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        return masking.phones_in(_KEY.sub("…", super().format(record)))
