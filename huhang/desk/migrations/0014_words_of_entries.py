"""What was said before notes and messages could be found gets its words too."""

from typing import Any

from django.db import migrations

from huhang.kit import search

BATCH = 1000
SAID = ("note", "to_customer", "from_customer")


def write_words(apps: Any, schema_editor: Any) -> None:
    """By the key, a batch at a time; begun again it goes on with what is left."""
    entries = apps.get_model("desk", "Entry").objects.filter(kind__in=SAID, search__isnull=True)
    last = 0
    while batch := list(entries.filter(pk__gt=last).order_by("pk").only("pk", "text")[:BATCH]):
        for entry in batch:
            entry.search = search.tsvector_text(entry.text)
        entries.model.objects.bulk_update(batch, ["search"])
        last = batch[-1].pk


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("desk", "0013_trace_orders")]
    operations = [migrations.RunPython(write_words, migrations.RunPython.noop, elidable=True)]
