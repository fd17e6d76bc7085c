import django.contrib.postgres.indexes
from django.conf import settings
from django.db import migrations, models

from huhang.desk.sql import statement

DUE = "UPDATE desk_step s SET due_at = c.due_at FROM desk_clock c WHERE c.id = s.clock_id"
OF_RATINGS = "UPDATE desk_steprating r SET path = s.path FROM desk_step s WHERE s.id = r.step_id"


class Migration(migrations.Migration):
    dependencies = [
        ("desk", "0020_indexes_in_use"),
        ("network", "0002_token_scopes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="clock",
            name="clock_of_step",
        ),
        migrations.RemoveIndex(
            model_name="step",
            name="step_of_path",
        ),
        migrations.AddField(
            model_name="step",
            name="due_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="steprating",
            name="path",
            field=models.CharField(blank=True, db_default="", editable=False, max_length=255),
        ),
        migrations.RunSQL(DUE, migrations.RunSQL.noop),
        migrations.RunSQL(OF_RATINGS, migrations.RunSQL.noop),
        migrations.RunSQL(statement("install_due"), migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="step",
            index=models.Index(
                django.contrib.postgres.indexes.OpClass(models.F("path"), "varchar_pattern_ops"),
                models.F("due_at"),
                models.F("id"),
                condition=models.Q(("due_at__isnull", False)),
                include=("state", "done_at"),
                name="step_due_of_path",
            ),
        ),
        migrations.AddIndex(
            model_name="step",
            index=models.Index(
                condition=models.Q(("due_at__isnull", False)),
                fields=["due_at", "id"],
                include=("path", "state", "done_at"),
                name="step_due",
            ),
        ),
        migrations.AddIndex(
            model_name="step",
            index=models.Index(
                condition=models.Q(("state", "refused")),
                fields=["due_at", "id"],
                include=("path",),
                name="step_refused",
            ),
        ),
        migrations.AddIndex(
            model_name="steprating",
            index=models.Index(fields=["at"], include=("path", "score"), name="rating_at"),
        ),
    ]
