from django.db import migrations

from huhang.metrics.sql import statement


class Migration(migrations.Migration):
    dependencies = [("metrics", "0001_initial")]

    operations = [migrations.RunSQL(statement("install"), migrations.RunSQL.noop)]
