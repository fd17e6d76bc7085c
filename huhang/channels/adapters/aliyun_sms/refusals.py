"""What Aliyun's error codes mean for a letter: `isv.` is said to be our fault, anything else theirs."""

from huhang.channels.rules.gateway import GatewayAway, GatewayRefused, NotTaken, WindowClosed

# The account is at fault, not the letter: people mend it, and what waits goes out then.
ACCOUNT = frozenset(
    {
        "isv.OUT_OF_SERVICE", "isv.AMOUNT_NOT_ENOUGH", "isv.ACCOUNT_ABNORMAL", "isv.ACCOUNT_NOT_EXISTS",
        "isv.PRODUCT_UN_SUBSCRIPT", "isv.PRODUCT_UNSUBSCRIBE", "isv.DENY_IP_RANGE", "isv.RAM_CHECK_FAILED",
        "isv.BILLING_DEDUCTION_ERROR",
    }
)  # fmt: skip
# They say that they do not know what happened: it may have been sent.
UNKNOWN = frozenset({"isp.SYSTEM_ERROR", "isp.UNKNOWN", "isp.GATEWAY_ERROR", "InternalError"})
LIMITS = ("BUSINESS_LIMIT", "DAY_LIMIT", "MONTH_LIMIT")
OF_A_MINUTE = ("分钟级", "MINUTE")


def refusal(code: str, message: str) -> GatewayAway | GatewayRefused:
    """The error to raise for a code that is not OK."""
    said = f"{code} {message}"[:200]
    if any(limit in code for limit in LIMITS):
        return NotTaken(said) if any(word in said for word in OF_A_MINUTE) else WindowClosed(said)
    if code in UNKNOWN:
        return GatewayAway(said)
    if code.startswith("isv.") and code not in ACCOUNT:
        return GatewayRefused(said)
    return NotTaken(said)
