import django.contrib.postgres.indexes
import huhang.desk.models.traits
import huhang.kit.search_fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("desk", "0024_more_departments"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="ticket",
            name="ticket_words_seen_from",
        ),
        migrations.AlterField(
            model_name="ticket",
            name="no",
            field=models.CharField(max_length=20),
        ),
        migrations.AlterField(
            model_name="ticket",
            name="waybill_no",
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("state__in", ["open", "working"])),
                fields=["-opened_at", "-id"],
                name="ticket_live_newest",
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(fields=["waybill_no"], name="ticket_waybill"),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=django.contrib.postgres.indexes.GinIndex(
                models.F("search"),
                models.F("seen_from"),
                huhang.kit.search_fields.Day("opened_at"),
                huhang.desk.models.traits.Traits(
                    "kind",
                    "state",
                    "priority",
                    "product",
                    "customer_class",
                    "source",
                    "entrance",
                    "language",
                    "closing",
                    "ended_as",
                    "opened_by",
                    "resolved_by",
                ),
                name="ticket_anything",
            ),
        ),
        *(
            migrations.AddIndex(
                model_name="ticket",
                index=models.Index(
                    condition=models.Q((f"{name}__isnull", False)), fields=[name], name=f"ticket_{name}"
                ),
            )
            for name in ("claimed_at", "first_response_at", "reopened_at", "escalated_to")
        ),
        migrations.AddConstraint(
            model_name="ticket",
            constraint=models.UniqueConstraint(fields=("no",), name="ticket_no"),
        ),
        # Until ANALYZE has seen them, the database takes all traits for rare.
        migrations.RunSQL("ANALYZE desk_ticket", migrations.RunSQL.noop),
    ]
