"""The words of the intake: who sends, what became of what was sent, and why something stays out."""

from enum import StrEnum


class Protocol(StrEnum):
    """How a partner pushes to us."""

    KUAIDI100 = "kuaidi100"
    KDNIAO = "kdniao"


class What(StrEnum):
    """What became of what came in; RECEIVED counts scans as told, the others add up to it."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    DOUBLED = "doubled"
    REFUSED = "refused"
    PARKED = "parked"


class Why(StrEnum):
    """Why a message or a scan was refused or parked; reasons of single fields have the codes of `rules.intake`."""

    FORGED = "forged"
    STALE = "stale_push"
    ACCOUNT_OFF = "account_off"
    NOT_FOR_US = "not_for_us"
    TOO_LARGE = "too_large"
    BROKEN_FORM = "broken_form"
    BROKEN_JSON = "broken_json"
    BROKEN_XML = "broken_xml"
    BROKEN_GZIP = "broken_gzip"
    BROKEN_FILE = "broken_file"
    WRONG_ENCODING = "wrong_encoding"
    UNKNOWN_FEED = "unknown_feed"
    UNKNOWN_CARRIER = "unknown_carrier"
    UNKNOWN_IDENTIFIER = "unknown_identifier"
    UNKNOWN_PLACE = "unknown_place"
    UNKNOWN_EVENT = "unknown_event"
    BAD_EVENT = "bad_event"
    NO_ZONE = "no_zone"
    NOT_A_PARCEL = "not_a_parcel"
    POLLING_STOPPED = "polling_stopped"


class WordKind(StrEnum):
    """What partners have names of their own for."""

    CARRIER = "carrier"
    IDENTIFIER = "identifier"
    PLACE = "place"


class ParkedState(StrEnum):
    """What became of something that was put aside."""

    PARKED = "parked"  # may enter once its cause is mended
    REFUSED = "refused"  # can never enter; kept to be seen
    ENTERED = "entered"
    DROPPED = "dropped"
