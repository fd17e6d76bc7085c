"""What was said in talks is found by its words, also what was said before this."""

import django.contrib.postgres.indexes
from django.db import migrations, models

import huhang.kit.search_fields
from huhang.kit import search

AT_ONCE = 1000


def fill(apps, schema_editor):
    messages = apps.get_model("channels", "Message").objects.filter(search__isnull=True)
    said = messages.exclude(side="house").exclude(text="").order_by("pk")
    last = 0
    while batch := list(said.filter(pk__gt=last).only("pk", "text")[:AT_ONCE]):
        for message in batch:
            message.search = search.tsvector_text(message.text)
        messages.model.objects.bulk_update(batch, ["search"])
        last = batch[-1].pk


class Migration(migrations.Migration):
    dependencies = [("channels", "0011_phone_reports_and_follow_ons")]
    operations = [
        migrations.AddField(
            model_name="message",
            name="search",
            field=huhang.kit.search_fields.SearchField(null=True),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
        migrations.AddIndex(
            model_name="message",
            index=django.contrib.postgres.indexes.GinIndex(
                condition=models.Q(("search__isnull", False)), fields=["search"], name="message_search"
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("search__isnull", False)), fields=["stored_at"], name="message_said"
            ),
        ),
    ]
