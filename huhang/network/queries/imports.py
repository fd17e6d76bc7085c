"""Receipts of imports: each person's own."""

from django.db.models import QuerySet

from huhang.kit.errors import NotFound
from huhang.kit.models import ImportRun
from huhang.network.models import Person


def mine(person: Person) -> QuerySet[ImportRun]:
    """Rejected rows hold what was in the file, so a receipt is for who sent it."""
    return ImportRun.objects.filter(by=person.get_username())


def get(person: Person, run_id: int) -> ImportRun:
    run = mine(person).filter(pk=run_id).first()
    if run is None:
        raise NotFound
    return run
