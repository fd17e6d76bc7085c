"""The post office over the API: what comes in by entrances, and who is told what happens; a file for each noun."""

from ninja import Router

from huhang.channels.api import call_backs, entrances, notices, webhooks

router = Router()
for noun in (webhooks, entrances, call_backs, notices):
    router.add_router("", noun.router)
