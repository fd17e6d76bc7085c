from django.db import migrations

from huhang.metrics.sql import statement


class Migration(migrations.Migration):
    dependencies = [("metrics", "0002_counting")]

    operations = [migrations.RunSQL(statement("install_count"), migrations.RunSQL.noop)]
