import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("desk", "0007_lists_and_search"),
        ("network", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="step",
            name="reason",
            field=models.CharField(blank=True, max_length=2000),
        ),
        migrations.CreateModel(
            name="DepartmentVote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(max_length=255)),
                ("month", models.DateField()),
                ("score", models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(5)])),
                ("words", models.CharField(blank=True, max_length=300)),
                ("at", models.DateTimeField()),
                ("by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="votes", to=settings.AUTH_USER_MODEL)),
                ("unit", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="votes", to="network.orgunit")),
            ],
            options={
                "verbose_name": "部门评分",
                "verbose_name_plural": "部门评分",
                "indexes": [models.Index(fields=["month", "path"], name="vote_of_month", opclasses=["date_ops", "varchar_pattern_ops"])],
                "constraints": [
                    models.UniqueConstraint(fields=("unit", "month", "by"), name="vote_once"),
                    models.CheckConstraint(condition=models.Q(("score__gte", 1), ("score__lte", 5)), name="vote_one_to_five"),
                    models.CheckConstraint(condition=models.Q(("month__day", 1)), name="vote_of_a_month"),
                ],
            },
        ),
    ]
