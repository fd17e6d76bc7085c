from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("journey", "0006_delay")]

    operations = [
        migrations.AddField(
            model_name="storm",
            name="version",
            field=models.PositiveIntegerField(default=1),
        ),
        migrations.CreateModel(
            name="Preview",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=64, unique=True)),
                ("asked", models.JSONField()),
                ("asked_at", models.DateTimeField()),
                ("progress", models.PositiveSmallIntegerField(default=0)),
                ("answer", models.JSONField(null=True)),
                ("answered_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "试算",
                "verbose_name_plural": "试算",
                "indexes": [models.Index(fields=["asked_at"], name="preview_asked")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answer__isnull", True), ("answered_at__isnull", True)),
                            models.Q(("answer__isnull", False), ("answered_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="preview_answered_pair",
                    )
                ],
            },
        ),
    ]
