import django.contrib.postgres.indexes
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("desk", "0022_follow_up_calls")]

    operations = [
        migrations.RemoveIndex(model_name="ticket", name="ticket_seen_from"),
        migrations.RemoveIndex(model_name="ticket", name="ticket_search"),
        migrations.AddIndex(
            model_name="ticket",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["search", "seen_from"], name="ticket_words_seen_from"
            ),
        ),
    ]
