"""Sums of days, made of those of hours: a month is then thirty rows of a unit."""

from django.db import migrations, models

DAYS = """
    INSERT INTO metrics_tallysum (grain, measure, at, path, amount, changed_at)
    SELECT 'day', measure, date_trunc('day', at, 'Asia/Shanghai'), path, sum(amount), max(changed_at)
    FROM metrics_tallysum WHERE grain = 'hour' GROUP BY 2, 3, 4
"""
NO_DAYS = "DELETE FROM metrics_tallysum WHERE grain = 'day'"


class Migration(migrations.Migration):
    dependencies = [("metrics", "0003_count_in_one")]

    operations = [
        migrations.RemoveConstraint(model_name="tallysum", name="tally_sum_grain"),
        migrations.AddConstraint(
            model_name="tallysum",
            constraint=models.CheckConstraint(
                condition=models.Q(grain__in=["minute", "hour", "day"]), name="tally_sum_grain"
            ),
        ),
        migrations.RunSQL(DAYS, NO_DAYS),
    ]
