"""What Tencent's error codes mean for a letter."""

from huhang.channels.rules.gateway import GatewayAway, GatewayRefused, NotTaken, WindowClosed

# They say themselves that they do not know what became of it.
UNKNOWN = (
    "InternalError.Timeout",
    "InternalError.OtherError",
    "InternalError.UnknownError",
    "InternalError.SendAndRecvFail",
)
# Too much at this moment, or an account that people must mend: nothing was taken, and nothing is wrong with the letter.
FOR_NOW = (
    "RequestLimitExceeded", "LimitExceeded.PhoneNumberThirtySecondLimit", "InternalError", "AuthFailure",
    "UnauthorizedOperation", "IpInBlacklist", "IpNotInWhitelist", "ResourceUnavailable", "ResourceInsufficient",
    "FailedOperation.InsufficientBalanceInSmsPackage",
)  # fmt: skip


def refusal(code: str, message: str) -> GatewayAway | GatewayRefused:
    """The error to raise for a code that is not Ok."""
    said = f"{code} {message}"[:200]
    if code.startswith(UNKNOWN):
        return GatewayAway(said)
    if code.startswith(FOR_NOW):
        return NotTaken(said)
    if code.startswith("LimitExceeded"):
        return WindowClosed(said)
    return GatewayRefused(said)
