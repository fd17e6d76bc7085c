"""The post office over the API: what comes in by entrances, and who is told what happens; a file for each noun."""

from ninja import Router

from huhang.channels.api import call_backs, calls, entrance_rows, entrances, notices, webhooks

router = Router()
for noun in (webhooks, entrances, entrance_rows, calls, call_backs, notices):
    router.add_router("", noun.router)
