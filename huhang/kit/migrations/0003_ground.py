from django.db import migrations, models

from huhang.kit.sql import statement


class Migration(migrations.Migration):
    dependencies = [("kit", "0002_calendar_zones")]

    operations = [
        migrations.CreateModel(
            name="Ground",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("version", models.BigIntegerField()),
            ],
            options={"db_table": "kit_ground"},
        ),
        migrations.RunSQL(statement("install_ground"), migrations.RunSQL.noop),
        migrations.RunSQL(statement("install_announce"), migrations.RunSQL.noop),
        migrations.RunSQL(statement("install_enqueue"), migrations.RunSQL.noop),
    ]
