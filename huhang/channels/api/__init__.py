"""The post office over the API: what comes in by entrances, and who is told what happens; a file for each noun."""

from ninja import Router

from huhang.channels.api import entrances, webhooks

router = Router()
for noun in (webhooks, entrances):
    router.add_router("", noun.router)
