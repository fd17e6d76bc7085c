from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("kit", "0004_calendar_versions")]

    operations = [
        # Its days need no watch: when they change, every calendar that observes them gets a new version.
        migrations.RunSQL(
            "SELECT kit_watch_ground_v1('kit_calendar')", "DROP TRIGGER IF EXISTS ground_moved ON kit_calendar"
        )
    ]
