from django.db import migrations

WATCHED = ("desk_clockpolicy", "desk_caseplan", "desk_steptemplate", "network_orgunit")


class Migration(migrations.Migration):
    dependencies = [
        ("desk", "0011_clocks_know_their_policy"),
        ("kit", "0003_ground"),
        ("metrics", "0003_count_in_one"),
        ("network", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(
            [("SELECT kit_watch_ground_v1(%s)", [table]) for table in WATCHED],
            [(f"DROP TRIGGER IF EXISTS ground_moved ON {table}", None) for table in WATCHED],
        )
    ]
