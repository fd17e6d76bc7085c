import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("desk", "0015_screens_and_baselines")]

    operations = [
        migrations.AddIndex(
            model_name="ticket",
            index=django.contrib.postgres.indexes.GinIndex(
                condition=models.Q(("state__in", ["open", "working"])),
                fields=["seen_from"],
                name="ticket_live_seen_from",
            ),
        ),
    ]
