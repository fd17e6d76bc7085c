"""What the fields of a stranger's record are for, told by their names in any manner of writing.

`eventDate`, `event-date`, `EVENT_DATE`, `dateSuivi`, `czasZdarzenia`: only the words in them count.
"""

import re


def _any(*words: str) -> re.Pattern[str]:
    return re.compile("|".join(words), re.IGNORECASE)


MOMENT = _any(
    "date", "time(?!zone|.?zone|line|.?line)", "stamp", "datum", "zeit", "heure", r"data\b", "czas",
    "fecha", "hora", "occurr", "^when$", "_at$", "event_?dt$", "_on$",
)  # fmt: skip
# Wishes and papers have dates too.
NOT_THE_MOMENT = _any(
    "estim", "expect", "sched", "plan", "promis", "due", "commit", "until", "valid", "flight",
    "ship.?date", "birth", "window", "appoint", "zone", "offset", "requested", "book.?date", "print",
    "expir", "deadline", "format$", "update.?code", "earliest", "latest.?deliv",
)  # fmt: skip
# Nothing below these is an event.
NOT_BELOW = _any(
    "estim", "expect", "predict", "promis", "window", "appoint", "schedul",
)  # fmt: skip
# A moment, but rather not the one of the event, or without a zone.
LESS_LIKELY = _any(
    "local", "display", "creat", "insert", "upload", "modif", "record", "received", "load",
)  # fmt: skip
SAYS = _any(
    "desc", "label", "libelle", "text", "message", "remark", "comment", "bezeichnung", "opis", "nazwa",
    "descri", "info$", "activit", "milestone", "event.?name", "status.?name", "^event$", "^name$",
    "reason", "detail$", "notes?$", "situation", "summary",
)  # fmt: skip
STATUS = _any(
    "status", "state$", "event.?type", "scan.?type", "statut", "etat", "event.?category", "stage",
    "phase", "action",
)  # fmt: skip
CODE = _any(
    "code$", "^code", "^ice$", "^ric$", "_id$", "identifier", "event.?key",
)  # fmt: skip
NOT_A_CODE = _any(
    "post", "zip", "country", "state.?(?:or|pro)", "depot", "area", "location", "facility", "return",
    "error", "currency", "lang", "product", "service", "route", "leit", "routing", "weight", "division",
    "city",
)  # fmt: skip
PLACE = _any(
    "locat", "city", "place", "facility", "depot", "office", "site", "town", "ort$", "lieu", "terminal",
    "hub", "station", "centre", "address", "area", "miasto", "ciudad", "localit", "unit$",
)  # fmt: skip
NOT_SAID = _any(
    "url", "link", "http", "image", "photo", "email", "lang", "short", "signat", "recipient", "shipper",
    "sender", "consignee", "firm", "agent", "scope", "html", "priority", "partner",
)  # fmt: skip
NUMBER = _any(
    "track", "waybill", "awb", "consignment", "parcel", "piece", "article", "barcode", "colis", "idship",
    "shipment.?id", "shipment.?n", "mail.?piece", "^pin$", "unitno", "display.?id",
    r"^(?:no|num\w*).?suivi", "package.?ref", "^number$", "kolli", "paczk", "shipment$",
    "item.?(?:id|no)", "connote",
)  # fmt: skip
# A false here: the step is still to come.
NOT_YET = _any(
    "reached", "completed$", "isdone", "is_active",
)  # fmt: skip
ZONE = _any(
    "zone", "offset",
)  # fmt: skip
# A record inside an event that belongs to its words, not to its place.
NESTED_WORDS = _any(
    "event", "status", "state", "scan", "activity", "label", "desc", "remark", "message", "milestone",
    "reason", "code",
)  # fmt: skip
