"""Cases over the API: the same verbs as the pages, on the same rows as the pages show; a file for each noun."""

from ninja import Router

from huhang.desk.api import (
    bulk,
    calendars,
    cases,
    clocks,
    closings,
    conversations,
    correcting,
    delays,
    departments,
    family,
    files,
    finding,
    links,
    macros,
    plans,
    policies,
    portfolios,
    screens,
    seats,
    steps,
    telephone,
    traces,
    views,
    walls,
    websites,
    window,
    words,
)

router = Router()
for noun in (
    cases, words, correcting, steps, clocks, family, macros, seats, files, views, bulk, links, policies, plans,
    departments, traces, finding, calendars, portfolios, screens, websites, window, walls, delays, closings,
    conversations, telephone,
):  # fmt: skip
    router.add_router("", noun.router)
